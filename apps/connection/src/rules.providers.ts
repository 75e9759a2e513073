import type { Provider } from '@nestjs/common';
import { REGISTRIES } from '#anchor';
import { systemClock } from '#core';
import { AnchorCore, SOFTWARE, ThrottledOutgoing, type Logger } from '#platform';
import { RedisConnection, redisFacts, type RedisRegistries } from '#registry';
import { PROTOCOL_VERSION } from '#wire';
import { Accusations } from './accusations.js';
import { Checking } from './checking.js';
import { Dials } from './dials.js';
import { EngineProber } from './engine-prober.js';
import { Joining } from './joining.js';
import { LeaseSweep } from './lease-sweep.js';
import { Leases } from './leases.js';
import { Listing } from './listing.js';
import { systemTimers } from './ports.js';
import { PresenceFeed } from './presence-feed.js';
import { PresenceWatch } from './presence.js';
import { RegistryWatch } from './registry-watch.js';
import { SweepTimer } from './sweep-timer.js';

/** Seconds. Where the broker tells when a peer's connection ends, leases are a backstop only. */
const LEASE_WITH_EVENTS = 300;
const LEASE_WITHOUT_EVENTS = 10;
const leaseSecondsOf = (core: AnchorCore) => (): number =>
  core.presenceEvents ? LEASE_WITH_EVENTS : LEASE_WITHOUT_EVENTS;

const clock = systemClock;
const timers = systemTimers;

/** The rules of this process, joined to what they need. */
export const ruleProviders = (log: Logger): Provider[] => [
  {
    provide: Dials,
    useFactory: ({ network }: AnchorCore) => new Dials(new EngineProber(network)),
    inject: [AnchorCore],
  },
  {
    provide: Accusations,
    useFactory: ({ peers, accusations }: RedisRegistries) => new Accusations(peers, accusations, clock, log),
    inject: [REGISTRIES],
  },
  {
    provide: PresenceWatch,
    useFactory: (registries: RedisRegistries, core: AnchorCore, dials: Dials, accusations: Accusations) => {
      const isShunned = accusations.isShunned.bind(accusations);
      return new PresenceWatch(registries.peers, dials, core.outgoing, { clock, timers, log, isShunned });
    },
    inject: [REGISTRIES, AnchorCore, Dials, Accusations],
  },
  {
    provide: Joining,
    useFactory: (registries: RedisRegistries, core: AnchorCore, dials: Dials, accusations: Accusations) =>
      new Joining(registries.peers, dials, core.outgoing, anchorFacts(core), {
        clock,
        log,
        identity: registries.identity,
        isShunned: accusations.isShunned.bind(accusations),
      }),
    inject: [REGISTRIES, AnchorCore, Dials, Accusations],
  },
  {
    provide: Leases,
    useFactory: ({ peers, holders }: RedisRegistries, presence: PresenceWatch, { outgoing }: AnchorCore) =>
      new Leases(peers, holders, presence, new ThrottledOutgoing(outgoing, clock), clock),
    inject: [REGISTRIES, PresenceWatch, AnchorCore],
  },
  {
    provide: Checking,
    useFactory: (registries: RedisRegistries, core: AnchorCore, dials: Dials, redis: RedisConnection) => {
      const { anchor } = core;
      const presenceEvents = (): boolean => core.presenceEvents;
      const facts = { anchor, software: SOFTWARE, protocol: PROTOCOL_VERSION, presenceEvents };
      return new Checking(facts, registries.peers, dials, () => redisFacts(redis), clock);
    },
    inject: [REGISTRIES, AnchorCore, Dials, RedisConnection],
  },
  {
    provide: Listing,
    useFactory: ({ peers, holders }: RedisRegistries) => new Listing(peers, holders),
    inject: [REGISTRIES],
  },
  {
    provide: LeaseSweep,
    useFactory: ({ peers }: RedisRegistries, presence: PresenceWatch, core: AnchorCore) =>
      new LeaseSweep(peers, presence, leaseSecondsOf(core), clock),
    inject: [REGISTRIES, PresenceWatch, AnchorCore],
  },
  {
    provide: RegistryWatch,
    useFactory: ({ identity, peers }: RedisRegistries, { outgoing }: AnchorCore) =>
      new RegistryWatch(identity, peers, outgoing, { clock, timers, random: Math.random, log }),
    inject: [REGISTRIES, AnchorCore],
  },
  {
    provide: SweepTimer,
    useFactory: (sweep: LeaseSweep, core: AnchorCore) =>
      new SweepTimer(sweep, leaseSecondsOf(core), { timers, random: Math.random, log }),
    inject: [LeaseSweep, AnchorCore],
  },
  {
    provide: PresenceFeed,
    useFactory: ({ broker, topology }: AnchorCore, presence: PresenceWatch, redis: RedisConnection) =>
      new PresenceFeed(broker, topology.queues.presence.name, presence, () => redis.untilWell()),
    inject: [AnchorCore, PresenceWatch, RedisConnection],
  },
];

const anchorFacts = (core: AnchorCore): ConstructorParameters<typeof Joining>[3] => ({
  anchor: core.anchor,
  networkId: core.network,
  protocol: PROTOCOL_VERSION,
  clusterName: () => core.broker.clusterName ?? '',
  leaseSeconds: leaseSecondsOf(core),
});
