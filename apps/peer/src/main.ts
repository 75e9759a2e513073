import 'reflect-metadata';
import { chmod, mkdir } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { NestFactory } from '@nestjs/core';
import { systemClock } from '#core';
import { EngineProcess, loadIdentity } from '#engine';
import {
  AmqpBroker,
  commonVariables,
  configOrExit,
  createLogger,
  NestLogger,
  readEnvironment,
  ShoalErrorFilter,
  runProcess,
  type Logger,
  type Running,
} from '#platform';
import { z } from 'zod';
import { assemble } from './assemble.js';
import { peerConfigFrom, type PeerConfig } from './config.js';
import { DataFolder } from './data-folder.js';
import type { PeerDaemon } from './daemon.js';
import { startPatiently } from './patient-start.js';
import { PeerModule } from './peer.module.js';
import { ReadySignal } from './ready-signal.js';

import { SOFTWARE } from './software.js';

const ENGINE = fileURLToPath(import.meta.resolve('#engine').replace(/index\.(js|ts)$/, 'main.js'));

const config = configOrExit(() => ({
  ...readEnvironment(z.object(commonVariables), process.env),
  peer: peerConfigFrom(process.env),
}));
const logger = createLogger({
  name: `peer/${config.peer.name}`,
  level: config.LOG_LEVEL,
  format: config.LOG_FORMAT,
});

await runProcess(logger, () => start(config.peer, logger));

async function start(peer: PeerConfig, log: Logger): Promise<Running> {
  const data = new DataFolder(peer.dataFolder);
  await data.create();
  await Promise.all(peer.roots.map((root) => mkdir(root, { recursive: true })));
  const identity = await loadIdentity(data.keyFile);
  const engine = new EngineProcess({
    entry: ENGINE,
    settings: {
      dataFolder: peer.dataFolder,
      listen: peer.listen,
      advertise: peer.advertise,
      networkId: peer.networkId,
      keyFile: data.keyFile,
      ...(peer.maxUp === undefined ? {} : { upRate: peer.maxUp }),
      ...(peer.maxDown === undefined ? {} : { downRate: peer.maxDown }),
    },
  });
  const broker = new AmqpBroker({
    urls: [...new Set(peer.anchors.map(({ url }) => url))],
    sender: identity.peerId,
    connectionName: `peer/${peer.name}`,
    network: peer.networkId,
    log,
  });
  const ready = new ReadySignal((message) => process.send?.(message));
  const daemon = await assemble({
    config: peer,
    data,
    identity,
    engine,
    broker,
    software: SOFTWARE,
    log: { info: (text) => log.info(text), warn: (text) => log.warn(text) },
    leaveProcess: () => process.kill(process.pid, 'SIGTERM'),
    onJoined: (anchor) => ready.joined(anchor),
  });
  await daemon.start();
  const { port } = await startPatiently({ start: () => engine.start(), now: systemClock.now, pause: delay });
  await data.removeStaleSocket();
  const app = await openControlSocket(daemon, data.controlSocket, log);
  ready.listening({ controlSocket: data.controlSocket, peerId: identity.peerId, name: peer.name, port });
  // Connects for ever; what is held is served meanwhile.
  broker.start().catch((error: unknown) => daemon.brokerImpossible(error));
  return {
    close: async () => {
      await daemon.leave();
      await app.close();
      await engine.stop();
      await broker.stop();
    },
  };
}

async function openControlSocket(
  daemon: PeerDaemon,
  path: string,
  log: Logger,
): Promise<{ close(): Promise<void> }> {
  const app = await NestFactory.create(PeerModule.for(daemon), {
    logger: new NestLogger(log),
    abortOnError: false,
    forceCloseConnections: true,
  });
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
}
