import { systemClock, type Clock, type Random } from '#core';
import type { AccusationRegistry } from './accusation-registry.js';
import type { DistributionRegistry } from './distribution-registry.js';
import type { FollowRegistry } from './follow-registry.js';
import type { HolderRegistry } from './holder-registry.js';
import { InventorySweeper } from './inventory-sweeper.js';
import { keyPrefix } from './keys.js';
import type { ManifestRegistry } from './manifest-registry.js';
import type { PlacementRegistry } from './placement-registry.js';
import type { PeerRegistry } from './peer-registry.js';
import { RedisAccusationRegistry } from './redis-accusation-registry.js';
import { RedisDistributionRegistry } from './redis-distribution-registry.js';
import { RedisFollowRegistry } from './redis-follow-registry.js';
import { RedisHolderRegistry, type HolderMemory } from './redis-holder-registry.js';
import { RedisManifestRegistry } from './redis-manifest-registry.js';
import { RedisPeerRegistry } from './redis-peer-registry.js';
import { RedisPlacementRegistry } from './redis-placement-registry.js';
import { RedisRegistryIdentity } from './redis-registry-identity.js';
import type { RegistryIdentity } from './registry-identity.js';
import type { RedisConnection } from './redis.js';
import { ScriptRunner } from './script.js';

/** Everything that the anchors know. */
export interface Registries {
  readonly peers: PeerRegistry;
  readonly manifests: ManifestRegistry;
  readonly holders: HolderRegistry;
  readonly distributions: DistributionRegistry;
  readonly accusations: AccusationRegistry;
  readonly placements: PlacementRegistry;
  readonly identity: RegistryIdentity;
  readonly follows: FollowRegistry;
}

export interface RedisRegistries extends Registries {
  /** Removes in the background what no longer counts; resolve its `idle()` before the connection is stopped. */
  readonly sweeper: InventorySweeper;
}

export interface RedisRegistriesOptions {
  readonly connection: RedisConnection;
  /** All keys begin with it. */
  readonly networkId: string;
  readonly clock?: Clock;
  readonly random?: Random;
  readonly holderMemory?: HolderMemory;
  /** Removed files and names remembered; default 100,000. */
  readonly droppedMax?: number;
  /** A report whose parts stop coming is given up after so long, milliseconds; default 10 minutes. */
  readonly stageLifetimeMs?: number;
}

/** The registries of one network on one Redis. */
export const redisRegistries = (options: RedisRegistriesOptions): RedisRegistries => {
  const { clock = systemClock, random = Math.random } = options;
  const scripts = new ScriptRunner(options.connection, keyPrefix(options.networkId));
  const sweeper = new InventorySweeper(scripts, clock, options.stageLifetimeMs);
  return {
    peers: new RedisPeerRegistry(scripts, sweeper, random, clock),
    manifests: new RedisManifestRegistry(scripts, options.droppedMax),
    holders: new RedisHolderRegistry(scripts, sweeper, clock, random, options.holderMemory),
    distributions: new RedisDistributionRegistry(scripts),
    accusations: new RedisAccusationRegistry(scripts),
    placements: new RedisPlacementRegistry(scripts),
    identity: new RedisRegistryIdentity(scripts),
    follows: new RedisFollowRegistry(scripts),
    sweeper,
  };
};
