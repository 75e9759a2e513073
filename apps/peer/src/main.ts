import { mkdir } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { systemClock } from '#core';
import { EngineProcess, loadIdentity } from '#engine';
import { AmqpBroker, BROKER_LIMITS } from '#platform/broker';
import {
  commonVariables,
  configOrExit,
  createLogger,
  openLogFile,
  programFile,
  readEnvironment,
  runProcess,
  SOFTWARE,
  type Logger,
  type Running,
} from '#platform/process';
import type { DestinationStream } from 'pino';
import { z } from 'zod';
import { assemble } from './assemble.js';
import { peerConfigFrom, type PeerConfig } from './config.js';
import type { PeerDaemon } from './daemon.js';
import { DataFolder } from './data-folder.js';
import { startPatiently } from './patient-start.js';
import { ReadySignal } from './ready-signal.js';

const config = configOrExit(() => ({
  ...readEnvironment(z.object(commonVariables), process.env),
  peer: peerConfigFrom(process.env),
}));
const { file, trouble } = await logFileOf(config.peer);
const logger = createLogger({
  name: `peer/${config.peer.name}`,
  level: config.LOG_LEVEL,
  format: config.LOG_FORMAT,
  file,
});
if (trouble !== undefined) logger.warn(`no log file is kept: ${trouble}`);

await runProcess(logger, () => start(config.peer, logger));

/** A peer without a log file works all the same. */
async function logFileOf(peer: PeerConfig): Promise<{ file?: DestinationStream; trouble?: string }> {
  if (!peer.keepsLog) return {};
  try {
    return { file: await openLogFile(new DataFolder(peer.dataFolder).logFolder) };
  } catch (error) {
    return { trouble: (error as Error).message };
  }
}

async function healthPort(
  daemon: PeerDaemon,
  { name, networkId }: PeerConfig,
  log: Logger,
): Promise<{ close(): Promise<void> } | undefined> {
  const { HEALTH_HOST: host, HEALTH_PORT: port } = config;
  if (port === undefined) return undefined;
  const { openHealthPort } = await import('./health-port.js');
  const app = await openHealthPort(daemon, { network: networkId, peer: name }, { host, port }, log);
  log.info(`health and metrics at ${await app.getUrl()}`);
  return app;
}

async function start(peer: PeerConfig, log: Logger): Promise<Running> {
  const data = new DataFolder(peer.dataFolder);
  await data.create();
  await Promise.all(peer.roots.map((root) => mkdir(root, { recursive: true })));
  const identity = await loadIdentity(data.keyFile);
  const engine = new EngineProcess({
    entry: programFile('engine'),
    settings: {
      dataFolder: peer.dataFolder,
      listen: peer.listen,
      advertise: peer.advertise,
      networkId: peer.networkId,
      name: peer.name,
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
    heartbeat: BROKER_LIMITS.peerHeartbeatSeconds,
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
  const [{ port }, { openControlSocket }] = await Promise.all([
    startPatiently({ start: () => engine.start(), now: systemClock.now, pause: delay }),
    import('./control-socket.js'),
  ]);
  // Connects for ever; what is held is served meanwhile. Not before the engine has the lock of the data folder.
  broker.start().catch((error: unknown) => daemon.brokerImpossible(error));
  await data.removeStaleSocket();
  const app = await openControlSocket(daemon, data.controlSocket, log);
  const health = await healthPort(daemon, peer, log);
  ready.listening({ controlSocket: data.controlSocket, peerId: identity.peerId, name: peer.name, port });
  return {
    close: async () => {
      await daemon.leave();
      await Promise.all([app.close(), health?.close()]);
      await engine.stop();
      await broker.stop();
    },
  };
}
