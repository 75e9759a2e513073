import { describe } from '@jest/globals';
import type { Registries } from '#registry';
import {
  distributionRegistryContract,
  holderRegistryContract,
  holdingsConvergeContract,
  manifestRegistryContract,
  peerRegistryContract,
} from '#testing';
import { realRegistries } from './real-registries.js';

const real = realRegistries();
const make = (): Registries => real.make();
/** With so little memory of order nearly everything that comes late ends in a report. */
const forgetful = (): Registries =>
  real.make({ holderMemory: { journalEntries: 2, journalEntryBytes: 180, retractions: 1 } });

describe('RedisPeerRegistry', () => peerRegistryContract(make));
describe('RedisManifestRegistry', () => manifestRegistryContract(make));
describe('RedisHolderRegistry', () => {
  holderRegistryContract(make);
  describe('with its usual memory', () => holdingsConvergeContract(make, { runs: 40 }));
  describe('with little memory', () => holdingsConvergeContract(forgetful, { runs: 60 }));
});
describe('RedisDistributionRegistry', () => distributionRegistryContract(make, { runs: 20 }));
