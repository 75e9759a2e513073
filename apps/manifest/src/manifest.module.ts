import { Module, type DynamicModule, type Provider } from '@nestjs/common';
import { systemClock } from '#core';
import type { MessageName } from '#contracts';
import {
  AnchorCore,
  BrokerServer,
  HEALTH_CHECKS,
  HealthController,
  Lifecycle,
  ThrottledOutgoing,
  type HealthCheck,
  type Logger,
} from '#platform';
import { parseRedisUrl, RedisConnection, redisRegistries, type RedisRegistries } from '#registry';
import type { ManifestConfig } from './config.js';
import { FilesController } from './files.controller.js';
import { Handout } from './handout.js';
import { HoldingsController } from './holdings.controller.js';
import { Holdings } from './holdings.js';
import { Publishing } from './publishing.js';
import { Restoring } from './restoring.js';
import { Searching } from './searching.js';
import { Unpublishing } from './unpublishing.js';

const REGISTRIES = Symbol('REGISTRIES');

/** Messages handled at the same time; each is a few Redis calls. */
const PREFETCH = 32;

const EXPECTED: readonly MessageName[] = [
  'manifest.publish',
  'manifest.unpublish',
  'manifest.get',
  'manifest.search',
  'manifest.restore',
  'chunk.acknowledged',
  'holdings.reported',
  'holdings.retracted',
  'holdings.release',
];

@Module({})
export class ManifestModule {
  static with(config: ManifestConfig, log: Logger): DynamicModule {
    return {
      module: ManifestModule,
      controllers: [FilesController, HoldingsController, HealthController],
      providers: [...surroundings(config, log), ...rules(log)],
    };
  }
}

const surroundings = (config: ManifestConfig, log: Logger): Provider[] => [
  { provide: AnchorCore, useFactory: () => new AnchorCore(config, 'manifest', log) },
  {
    provide: RedisConnection,
    useFactory: (core: AnchorCore) =>
      new RedisConnection(parseRedisUrl(config.REDIS_URL), {
        name: `${core.anchor}/manifest`,
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
  {
    provide: Lifecycle,
    useFactory: (redis: RedisConnection, { sweeper }: RedisRegistries, { broker }: AnchorCore) =>
      new Lifecycle([redis, { start: () => {}, stop: () => sweeper.idle() }, broker]),
    inject: [RedisConnection, REGISTRIES, AnchorCore],
  },
  {
    provide: BrokerServer,
    useFactory: (core: AnchorCore, redis: RedisConnection) =>
      new BrokerServer({
        broker: core.broker,
        network: core.network,
        queues: [{ name: core.topology.queues.manifest.name, prefetch: PREFETCH }],
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
];

const rules = (log: Logger): Provider[] => [
  {
    provide: Publishing,
    useFactory: ({ manifests }: RedisRegistries, { outgoing }: AnchorCore) =>
      new Publishing(manifests, outgoing, systemClock),
    inject: [REGISTRIES, AnchorCore],
  },
  {
    provide: Handout,
    useFactory: ({ manifests, holders }: RedisRegistries) => new Handout(manifests, holders),
    inject: [REGISTRIES],
  },
  {
    provide: Searching,
    useFactory: ({ manifests, holders }: RedisRegistries) => new Searching(manifests, holders),
    inject: [REGISTRIES],
  },
  {
    provide: Holdings,
    useFactory: ({ manifests, holders }: RedisRegistries, { outgoing }: AnchorCore) =>
      new Holdings(holders, manifests, new ThrottledOutgoing(outgoing, systemClock), systemClock),
    inject: [REGISTRIES, AnchorCore],
  },
  {
    provide: Restoring,
    useFactory: ({ manifests }: RedisRegistries) => new Restoring(manifests, systemClock, log),
    inject: [REGISTRIES],
  },
  {
    provide: Unpublishing,
    useFactory: ({ manifests, holders }: RedisRegistries, { outgoing }: AnchorCore) =>
      new Unpublishing(manifests, holders, outgoing, systemClock),
    inject: [REGISTRIES, AnchorCore],
  },
];
