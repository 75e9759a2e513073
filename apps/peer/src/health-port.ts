import 'reflect-metadata';
import { Module, type DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { HEALTH_CHECKS, HealthController, NestLogger, type Logger } from '#platform';
import { Metrics, MetricsController } from '#platform/metrics';
import type { PeerDaemon } from './daemon.js';
import { peerChecks, peerMetrics, sharedStatus } from './peer-metrics.js';

@Module({})
class HealthModule {
  static for(daemon: Pick<PeerDaemon, 'status'>, labels: Readonly<Record<string, string>>): DynamicModule {
    const status = sharedStatus(() => daemon.status());
    return {
      module: HealthModule,
      controllers: [HealthController, MetricsController],
      providers: [
        { provide: HEALTH_CHECKS, useValue: peerChecks(status) },
        { provide: Metrics, useValue: peerMetrics(status, labels) },
      ],
    };
  }
}

export interface HealthAddress {
  readonly host: string;
  readonly port: number;
}

/** `/health` and `/metrics` of a peer; nothing there tells what it holds or takes an order. */
export const openHealthPort = async (
  daemon: Pick<PeerDaemon, 'status'>,
  labels: Readonly<Record<string, string>>,
  { host, port }: HealthAddress,
  log: Logger,
): Promise<{ close(): Promise<void>; getUrl(): Promise<string> }> => {
  const app = await NestFactory.create(HealthModule.for(daemon, labels), {
    logger: new NestLogger(log),
    abortOnError: false,
    forceCloseConnections: true,
  });
  await app.listen(port, host);
  return app;
};
