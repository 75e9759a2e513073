import { Module, type DynamicModule, type Provider } from '@nestjs/common';
import type { MessageName } from '#contracts';
import {
  AnchorCore,
  BrokerServer,
  HEALTH_CHECKS,
  HealthController,
  Lifecycle,
  type HealthCheck,
  type Logger,
} from '#platform';
import { parseRedisUrl, RedisConnection, redisRegistries, type RedisRegistries } from '#registry';
import { CheckController } from './check.controller.js';
import type { ConnectionConfig } from './config.js';
import { LeaseSweep } from './lease-sweep.js';
import { MembershipController } from './membership.controller.js';
import { PresenceFeed } from './presence-feed.js';
import { REGISTRIES, ruleProviders } from './rules.providers.js';
import { RegistryWatch } from './registry-watch.js';
import { SweepTimer } from './sweep-timer.js';
import { TroubleController } from './trouble.controller.js';

/** Messages handled at the same time. A join waits for its dial; renewals behind it should not. */
const PREFETCH = 128;
const JOIN_PREFETCH = 64;

const EXPECTED: readonly MessageName[] = [
  'connection.join',
  'connection.leave',
  'connection.lease',
  'connection.peers',
  'connection.check',
  'peer.unreachable',
  'peer.misbehaved',
];

@Module({})
export class ConnectionModule {
  static with(config: ConnectionConfig, log: Logger): DynamicModule {
    return {
      module: ConnectionModule,
      controllers: [MembershipController, TroubleController, CheckController, HealthController],
      providers: [...connections(config, log), ...ruleProviders(log), ...process(log)],
    };
  }
}

const connections = (config: ConnectionConfig, log: Logger): Provider[] => [
  { provide: AnchorCore, useFactory: () => new AnchorCore(config, 'connection', log, true) },
  {
    provide: RedisConnection,
    useFactory: (core: AnchorCore) =>
      new RedisConnection(parseRedisUrl(config.REDIS_URL), {
        name: `${core.anchor}/connection`,
        networkId: core.network,
      }),
    inject: [AnchorCore],
  },
  {
    provide: REGISTRIES,
    useFactory: (connection: RedisConnection) =>
      redisRegistries({ connection, networkId: config.SHOAL_NETWORK }),
    inject: [RedisConnection],
  },
];

const process = (log: Logger): Provider[] => [
  {
    provide: Lifecycle,
    useFactory: (
      redis: RedisConnection,
      { sweeper }: RedisRegistries,
      { broker }: AnchorCore,
      feed: PresenceFeed,
      timer: SweepTimer,
      watch: RegistryWatch,
    ) => new Lifecycle([redis, { start: () => {}, stop: () => sweeper.idle() }, broker, feed, timer, watch]),
    inject: [RedisConnection, REGISTRIES, AnchorCore, PresenceFeed, SweepTimer, RegistryWatch],
  },
  {
    provide: BrokerServer,
    useFactory: (core: AnchorCore, redis: RedisConnection) =>
      new BrokerServer({
        broker: core.broker,
        network: core.network,
        queues: [
          { name: core.topology.queues.connection.name, prefetch: PREFETCH },
          { name: core.topology.anchorJoinQueue(core.anchor).name, prefetch: JOIN_PREFETCH },
        ],
        expected: EXPECTED,
        untilWell: () => redis.untilWell(),
        log,
      }),
    inject: [AnchorCore, RedisConnection],
  },
  {
    provide: HEALTH_CHECKS,
    useFactory: (core: AnchorCore, redis: RedisConnection): HealthCheck[] => [
      { name: 'broker', check: () => core.checkBroker() },
      { name: 'redis', check: async () => void (await redis.ping()) },
    ],
    inject: [AnchorCore, RedisConnection],
  },
  {
    // What restarted could not take leases: nobody's is late for that.
    provide: Symbol('settling'),
    useFactory: (sweep: LeaseSweep, core: AnchorCore, redis: RedisConnection) => {
      core.broker.onState(({ kind }) => kind === 'connected' && sweep.settle());
      redis.client.on('ready', () => sweep.settle());
    },
    inject: [LeaseSweep, AnchorCore, RedisConnection],
  },
];
