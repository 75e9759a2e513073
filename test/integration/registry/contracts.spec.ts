import { describe, expect, it } from '@jest/globals';
import type { HolderMemory, Registries } from '#registry';
import {
  accusationRegistryContract,
  distributionRegistryContract,
  followRegistryContract,
  holderRegistryContract,
  holdingsConvergeContract,
  manifestOf,
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
  it('remembers so many removed files, and lets the oldest go for one more', async () => {
    const { manifests } = real.make({ droppedMax: 2 });
    const files = ['one', 'two', 'three'].map((text) => manifestOf(text));
    for (const [at, file] of files.entries()) {
      await manifests.publish(`${at}`, file, 1);
      await manifests.unpublish({ name: `${at}`, everywhere: true, requestId: `${at}`, now: 10 + at });
    }
    const ids = files.map(({ fileId }) => fileId);
    expect(await manifests.dropped(ids, 20)).toEqual(ids.slice(1));
  });
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
describe('RedisFollowRegistry', () => followRegistryContract(make));
