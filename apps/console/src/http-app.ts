import { Module, type DynamicModule, type INestApplication, type LoggerService } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { SwaggerModule } from '@nestjs/swagger';
import { HEALTH_CHECKS, HealthController, type Broker, type HealthCheck } from '#platform';
import { Metrics, MetricsController } from '#platform/metrics';
import { BODY_MAX } from './console-limits.js';
import { ConsoleController, NETWORK_ID } from './console.controller.js';
import { Distributions } from './distributions.js';
import { DistributionsController } from './distributions.controller.js';
import { FactHub } from './fact-hub.js';
import type { JobBoard } from './job-board.js';
import { NetworkView } from './network-view.js';
import { openApi } from './openapi.js';
import { ProblemFilter } from './problem.filter.js';
import { sameSite } from './same-site.js';

export interface HttpPlan {
  readonly broker: Broker;
  readonly hub: FactHub;
  readonly networkId: string;
  /** The host that it listens on: it may be called so. */
  readonly listenHost: string;
  readonly version: string;
  readonly checks: readonly HealthCheck[];
  /** Under JOBS_PATH. */
  readonly jobs?: Pick<JobBoard, 'router'>;
  readonly logger?: LoggerService;
}

export const JOBS_PATH = '/jobs';

@Module({})
export class ConsoleModule {
  static with({ broker, hub, networkId, checks }: HttpPlan): DynamicModule {
    const metrics = new Metrics({ network: networkId, process: 'console' });
    metrics.checks(checks);
    return {
      module: ConsoleModule,
      controllers: [ConsoleController, DistributionsController, HealthController, MetricsController],
      providers: [
        { provide: NetworkView, useFactory: () => new NetworkView(broker) },
        { provide: Distributions, useFactory: () => new Distributions(broker) },
        { provide: FactHub, useValue: hub },
        { provide: NETWORK_ID, useValue: networkId },
        { provide: HEALTH_CHECKS, useValue: checks },
        { provide: Metrics, useValue: metrics },
      ],
    };
  }
}

/** The page, the HTTP API with its description, and the board of jobs; not yet listening. */
export const makeApp = async (plan: HttpPlan): Promise<INestApplication> => {
  const app = await NestFactory.create<NestExpressApplication>(ConsoleModule.with(plan), {
    logger: plan.logger ?? false,
    abortOnError: false,
    forceCloseConnections: true,
  });
  app.use(sameSite(plan.listenHost));
  app.useBodyParser('json', { limit: BODY_MAX });
  if (plan.jobs !== undefined) app.use(JOBS_PATH, plan.jobs.router);
  app.useGlobalFilters(new ProblemFilter());
  SwaggerModule.setup('api', app, openApi(plan.version));
  return app;
};
