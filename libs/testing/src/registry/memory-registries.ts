import { seededRandom, type Random } from '#core';
import type { Registries } from '#registry';
import { MemoryAccusationRegistry } from './memory-accusation-registry.js';
import { MemoryDistributionRegistry } from './memory-distribution-registry.js';
import { MemoryFollowRegistry } from './memory-follow-registry.js';
import { MemoryHolderRegistry } from './memory-holder-registry.js';
import { MemoryManifestRegistry } from './memory-manifest-registry.js';
import { MemoryPlacementRegistry } from './memory-placement-registry.js';
import { MemoryRegistryIdentity } from './memory-registry-identity.js';
import { MemoryPeerRegistry } from './memory-peer-registry.js';

/** What the anchors know, in memory: for tests of what stands on it. They pass the same contract suites as Redis. */
export const memoryRegistries = (random: Random = seededRandom(1)): Registries => {
  const peers = new MemoryPeerRegistry(random);
  const identity = new MemoryRegistryIdentity();
  return {
    peers,
    manifests: new MemoryManifestRegistry(identity),
    holders: new MemoryHolderRegistry(peers, random),
    distributions: new MemoryDistributionRegistry(),
    accusations: new MemoryAccusationRegistry(),
    placements: new MemoryPlacementRegistry(),
    identity,
    follows: new MemoryFollowRegistry(),
  };
};
