import { Module, type DynamicModule, type Provider } from '@nestjs/common';
import { systemClock } from '#core';
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
import { Announcing } from './announcing.js';
import { BullSteps } from './bull-steps.js';
import { CatchingUp } from './catching-up.js';
import { Commanding } from './commanding.js';
import type { TransferConfig } from './config.js';
import { Distributing } from './distributing.js';
import { FactsController } from './facts.controller.js';
import { Outcomes } from './outcomes.js';
import { placementProviders } from './placement/placement.providers.js';
import { Placing } from './placement/placing.js';
import { RequestsController } from './requests.controller.js';
import { StepWorker } from './step-worker.js';

const REGISTRIES = Symbol('REGISTRIES');

/** Messages handled at the same time; each is a few Redis calls. */
const PREFETCH = 32;

const EXPECTED: readonly MessageName[] = [
  'transfer.download',
  'transfer.cancel',
  'transfer.status',
  'transfer.store',
  'transfer.placement',
  'download.progress',
  'download.completed',
  'download.failed',
  'peer.joined',
  'peer.left',
];

@Module({})
export class TransferModule {
  static with(config: TransferConfig, log: Logger): DynamicModule {
    return {
      module: TransferModule,
      controllers: [RequestsController, FactsController, HealthController],
      providers: [...surroundings(config, log), ...rules, ...placementProviders(REGISTRIES)],
    };
  }
}

const surroundings = (config: TransferConfig, log: Logger): Provider[] => [
  { provide: AnchorCore, useFactory: () => new AnchorCore(config, 'transfer', log) },
  {
    provide: RedisConnection,
    useFactory: (core: AnchorCore) =>
      new RedisConnection(parseRedisUrl(config.REDIS_URL), {
        name: `${core.anchor}/transfer`,
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
    provide: BullSteps,
    useFactory: () =>
      new BullSteps({
        redis: parseRedisUrl(config.REDIS_URL),
        prefix: `${config.SHOAL_NETWORK}:bull`,
        onTrouble: (step, error) => log.warn({ step }, error.message),
      }),
  },
  {
    provide: Lifecycle,
    useFactory: (redis: RedisConnection, { broker }: AnchorCore, steps: BullSteps, worker: StepWorker) =>
      new Lifecycle([redis, steps, broker, worker]),
    inject: [RedisConnection, AnchorCore, BullSteps, StepWorker],
  },
  {
    provide: BrokerServer,
    useFactory: (core: AnchorCore, redis: RedisConnection) =>
      new BrokerServer({
        broker: core.broker,
        network: core.network,
        queues: [{ name: core.topology.queues.transfer.name, prefetch: PREFETCH }],
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

const rules: Provider[] = [
  {
    provide: Distributing,
    useFactory: (registries: RedisRegistries, steps: BullSteps, { outgoing }: AnchorCore) =>
      new Distributing(registries, steps, outgoing, systemClock),
    inject: [REGISTRIES, BullSteps, AnchorCore],
  },
  {
    provide: Commanding,
    useFactory: ({ peers, distributions }: RedisRegistries, { outgoing }: AnchorCore) =>
      new Commanding(peers, distributions, outgoing, systemClock),
    inject: [REGISTRIES, AnchorCore],
  },
  {
    provide: Outcomes,
    useFactory: ({ distributions }: RedisRegistries, steps: BullSteps) =>
      new Outcomes(distributions, steps, systemClock),
    inject: [REGISTRIES, BullSteps],
  },
  {
    provide: Announcing,
    useFactory: ({ distributions }: RedisRegistries, { outgoing }: AnchorCore) =>
      new Announcing(distributions, outgoing),
    inject: [REGISTRIES, AnchorCore],
  },
  {
    provide: CatchingUp,
    useFactory: ({ distributions }: RedisRegistries, steps: BullSteps) =>
      new CatchingUp(distributions, steps),
    inject: [REGISTRIES, BullSteps],
  },
  {
    provide: StepWorker,
    useFactory: (
      steps: BullSteps,
      commanding: Commanding,
      announcing: Announcing,
      catchingUp: CatchingUp,
      placing: Placing,
    ) => new StepWorker(steps, commanding, announcing, catchingUp, placing),
    inject: [BullSteps, Commanding, Announcing, CatchingUp, Placing],
  },
];
