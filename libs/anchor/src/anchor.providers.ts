import type { InjectionToken, Provider } from '@nestjs/common';
import type { MessageName } from '#contracts';
import {
  AnchorCore,
  BrokerServer,
  HEALTH_CHECKS,
  Lifecycle,
  type HealthCheck,
  type Logger,
  type ServedQueue,
  type Startable,
} from '#platform';
import { Metrics } from '#platform/metrics';
import { parseRedisUrl, RedisConnection, redisRegistries, type RedisRegistries } from '#registry';
import type { AnchorConfig } from './anchor-config.js';

/** Token of the `RedisRegistries`. */
export const REGISTRIES = Symbol('REGISTRIES');

export interface AnchorProcess {
  readonly kind: 'connection' | 'manifest' | 'transfer';
  readonly queues: (core: AnchorCore) => readonly ServedQueue[];
  /** The messages that its controllers handle. */
  readonly expected: readonly MessageName[];
  /** It takes the joins that are addressed to its anchor. */
  readonly joins?: boolean;
  /** Tokens of `Startable`s of its own: started after Redis, and after the broker. */
  readonly beforeBroker?: readonly InjectionToken[];
  readonly afterBroker?: readonly InjectionToken[];
}

/** What the three processes of an anchor share: broker, Redis with its registries, message server, health, start and stop. */
export const anchorProviders = (process: AnchorProcess, config: AnchorConfig, log: Logger): Provider[] => [
  {
    provide: AnchorCore,
    useFactory: () => new AnchorCore(config, process.kind, log, process.joins),
  },
  ...redisProviders(process, config),
  lifecycleProvider(process),
  {
    provide: BrokerServer,
    useFactory: (core: AnchorCore, redis: RedisConnection, metrics: Metrics) =>
      new BrokerServer({
        broker: core.broker,
        network: core.network,
        queues: process.queues(core),
        expected: process.expected,
        untilWell: () => redis.untilWell(),
        onHandled: metrics.messages(),
        log,
      }),
    inject: [AnchorCore, RedisConnection, Metrics],
  },
  {
    provide: Metrics,
    useFactory: (checks: readonly HealthCheck[]) => {
      const metrics = new Metrics({
        ...{ network: config.SHOAL_NETWORK, anchor: config.ANCHOR_NAME, process: process.kind },
      });
      metrics.checks(checks);
      return metrics;
    },
    inject: [HEALTH_CHECKS],
  },
  {
    provide: HEALTH_CHECKS,
    useFactory: (core: AnchorCore, redis: RedisConnection): HealthCheck[] => [
      { name: 'broker', check: () => core.checkBroker() },
      { name: 'redis', check: async () => void (await redis.ping()) },
    ],
    inject: [AnchorCore, RedisConnection],
  },
];

const redisProviders = ({ kind }: AnchorProcess, config: AnchorConfig): Provider[] => [
  {
    provide: RedisConnection,
    useFactory: () =>
      new RedisConnection(parseRedisUrl(config.REDIS_URL), {
        name: `${config.ANCHOR_NAME}/${kind}`,
        networkId: config.SHOAL_NETWORK,
      }),
  },
  {
    provide: REGISTRIES,
    useFactory: (connection: RedisConnection) =>
      redisRegistries({ connection, networkId: config.SHOAL_NETWORK }),
    inject: [RedisConnection],
  },
];

const lifecycleProvider = ({ beforeBroker = [], afterBroker = [] }: AnchorProcess): Provider => ({
  provide: Lifecycle,
  useFactory: (
    redis: RedisConnection,
    { sweeper }: RedisRegistries,
    { broker }: AnchorCore,
    ...own: Startable[]
  ) => {
    const sweeping: Startable = { start: () => {}, stop: () => sweeper.idle() };
    const early = own.slice(0, beforeBroker.length);
    return new Lifecycle([redis, sweeping, ...early, broker, ...own.slice(beforeBroker.length)]);
  },
  inject: [RedisConnection, REGISTRIES, AnchorCore, ...beforeBroker, ...afterBroker],
});
