import { Module, type DynamicModule, type Provider } from '@nestjs/common';
import { anchorProviders, REGISTRIES, type AnchorConfig, type AnchorProcess } from '#anchor';
import { systemClock } from '#core';
import { AnchorCore, HealthController, type Logger } from '#platform';
import { parseRedisUrl, type RedisRegistries } from '#registry';
import { Announcing } from './announcing.js';
import { BullSteps } from './bull-steps.js';
import { CatchingUp } from './catching-up.js';
import { Commanding } from './commanding.js';
import { Distributing } from './distributing.js';
import { FactsController } from './facts.controller.js';
import { Outcomes } from './outcomes.js';
import { placementProviders } from './placement/placement.providers.js';
import { Placing } from './placement/placing.js';
import { RequestsController } from './requests.controller.js';
import { StepWorker } from './step-worker.js';

/** Messages handled at the same time; each is a few Redis calls. */
const PREFETCH = 32;

const PROCESS: AnchorProcess = {
  kind: 'transfer',
  queues: ({ topology }) => [{ name: topology.queues.transfer.name, prefetch: PREFETCH }],
  expected: [
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
  ],
  beforeBroker: [BullSteps],
  afterBroker: [StepWorker],
};

@Module({})
export class TransferModule {
  static with(config: AnchorConfig, log: Logger): DynamicModule {
    return {
      module: TransferModule,
      controllers: [RequestsController, FactsController, HealthController],
      providers: [
        ...anchorProviders(PROCESS, config, log),
        steps(config, log),
        ...rules,
        ...placementProviders,
      ],
    };
  }
}

const steps = (config: AnchorConfig, log: Logger): Provider => ({
  provide: BullSteps,
  useFactory: () =>
    new BullSteps({
      redis: parseRedisUrl(config.REDIS_URL),
      prefix: `${config.SHOAL_NETWORK}:bull`,
      onTrouble: (step, error) => log.warn({ step }, error.message),
    }),
});

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
