import 'reflect-metadata';
import { chmod } from 'node:fs/promises';
import { NestFactory } from '@nestjs/core';
import { NestLogger, ShoalErrorFilter, SOFTWARE, type Logger } from '#platform';
import type { PeerDaemon } from './daemon.js';
import { localApiGate } from './local-api-gate.js';
import { PeerModule } from './peer.module.js';

/** Serves what a person on this machine may ask of the daemon; loaded while the engine starts. */
export const openControlSocket = async (
  daemon: PeerDaemon,
  path: string,
  log: Logger,
): Promise<{ close(): Promise<void> }> => {
  const app = await NestFactory.create(PeerModule.for(daemon), {
    logger: new NestLogger(log),
    abortOnError: false,
    forceCloseConnections: true,
  });
  app.use(localApiGate(SOFTWARE));
  app.useGlobalFilters(new ShoalErrorFilter());
  // Made for its owner only, from the first moment on.
  const before = process.umask(0o177);
  try {
    await app.listen(path);
  } finally {
    process.umask(before);
  }
  await chmod(path, 0o600);
  return app;
};
