import { describe } from '@jest/globals';
import type { HolderMemory, Registries } from '#registry';
import {
  accusationRegistryContract,
  distributionRegistryContract,
  holderRegistryContract,
  holdingsConvergeContract,
  manifestRegistryContract,
  peerRegistryContract,
  placementRegistryContract,
  releaseContract,
  restoreContract,
} from '#testing';
import { realRegistries } from './real-registries.js';

const real = realRegistries();
const make = (): Registries => real.make();
/** What does not fit into its memory of order it must notice, and ask for a report. */
const forgetful: Record<string, HolderMemory> = {
  'few acknowledgements': { journalEntries: 2, journalEntryBytes: 1_024, retractions: 1_000 },
  'short acknowledgements': { journalEntries: 16, journalEntryBytes: 90, retractions: 1_000 },
  'few retractions': { journalEntries: 16, journalEntryBytes: 1_024, retractions: 1 },
  'next to nothing': { journalEntries: 1, journalEntryBytes: 1_024, retractions: 0 },
};

describe('RedisAccusationRegistry', () => accusationRegistryContract(make));
describe('RedisPeerRegistry', () => peerRegistryContract(make));
describe('RedisManifestRegistry', () => {
  manifestRegistryContract(make);
  restoreContract(make, { runs: 60 });
});
describe('RedisHolderRegistry', () => {
  holderRegistryContract(make);
  releaseContract(make);
  describe('remembers as usual', () => holdingsConvergeContract(make, { runs: 60 }));
  describe.each(Object.entries(forgetful))('remembers %s', (_, holderMemory) => {
    holdingsConvergeContract(() => real.make({ holderMemory }), { runs: 60 });
  });
});
describe('RedisPlacementRegistry', () => placementRegistryContract(make));
describe('RedisDistributionRegistry', () => distributionRegistryContract(make, { runs: 20 }));
