import { Module, type DynamicModule, type Provider } from '@nestjs/common';
import { anchorProviders, type AnchorConfig, type AnchorProcess } from '#anchor';
import { HealthController, type Logger } from '#platform';
import { MetricsController } from '#platform/metrics';
import { JOBS, parseRedisUrl } from '#registry';
import { BullSteps } from './bull-steps.js';
import { distributionProviders } from './distribution.providers.js';
import { FactsController } from './facts.controller.js';
import { placementProviders } from './placement/placement.providers.js';
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
    'transfer.retry',
    'transfer.status',
    'transfer.list',
    'transfer.store',
    'transfer.placement',
    'download.progress',
    'download.completed',
    'download.failed',
    'peer.joined',
    'peer.left',
    'file.published',
  ],
  beforeBroker: [BullSteps],
  afterBroker: [StepWorker],
};

@Module({})
export class TransferModule {
  static with(config: AnchorConfig, log: Logger): DynamicModule {
    return {
      module: TransferModule,
      controllers: [RequestsController, FactsController, HealthController, MetricsController],
      providers: [
        ...anchorProviders(PROCESS, config, log),
        steps(config, log),
        ...distributionProviders(log),
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
      prefix: JOBS.prefix(config.SHOAL_NETWORK),
      onTrouble: (step, error) => log.warn({ step }, error.message),
    }),
});
