import 'reflect-metadata';
import type { INestApplication, Type, DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { NestLogger } from './log/nest-logger.js';
import type { Logger } from './log/logger.js';
import { BrokerServer } from './nest/broker-server.js';

export interface NestProcess {
  readonly module: Type | DynamicModule;
  readonly log: Logger;
  /** Where `/health` answers; nowhere when `port` is left out. */
  readonly health: { readonly host: string; readonly port: number | undefined };
}

/**
 * Brings an anchor's app up: its parts (`Lifecycle`), then the queues of its `BrokerServer`, then `/health`. `close` on the
 * result goes the other way: no new messages, those in hand are settled, then the parts stop.
 */
export const bootstrap = async ({ module, log, health }: NestProcess): Promise<INestApplication> => {
  const app = await NestFactory.create(module, {
    logger: new NestLogger(log),
    abortOnError: false,
    forceCloseConnections: true,
  });
  try {
    app.connectMicroservice({ strategy: app.get(BrokerServer) });
    await app.init();
    await app.startAllMicroservices();
    if (health.port !== undefined) await app.listen(health.port, health.host);
  } catch (thrown) {
    await app.close().catch(() => {});
    throw thrown;
  }
  log.info({ healthPort: health.port }, 'ready');
  // Tells the process that started this one, if it listens.
  process.send?.({ ready: { healthPort: health.port ?? null } });
  return app;
};
