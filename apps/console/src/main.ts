import 'reflect-metadata';
import { ShoalError } from '#core';
import {
  AmqpBroker,
  configOrExit,
  createLogger,
  NestLogger,
  runProcess,
  SOFTWARE,
  type Running,
} from '#platform';
import { consoleConfig, type ConsoleConfig } from './config.js';
import { FactHub } from './fact-hub.js';
import { JOBS_PATH, makeApp } from './http-app.js';
import { jobBoard } from './job-board.js';

const config = configOrExit(() => consoleConfig(process.env));
const log = createLogger({ name: 'console', level: config.log.LOG_LEVEL, format: config.log.LOG_FORMAT });

await runProcess(log, () => start(config));

/** @throws ShoalError `broker-away` */
function needBroker({ isConnected }: AmqpBroker): void {
  if (!isConnected) throw new ShoalError('broker-away', 'there is no connection', { retry: 'transient' });
}

async function start({ anchors, networkId, listen, redisUrl }: ConsoleConfig): Promise<Running> {
  const broker = new AmqpBroker({
    urls: [...new Set(anchors.map(({ url }) => url))],
    sender: 'console',
    connectionName: 'console',
    network: networkId,
    log,
  });
  const hub = new FactHub();
  hub.openOn(broker, networkId);
  await broker.start();
  const trouble = (error: Error): void => log.warn({}, `the board of jobs: ${error.message}`);
  const jobs = redisUrl === undefined ? undefined : jobBoard(redisUrl, networkId, JOBS_PATH, trouble);
  const app = await makeApp({
    ...{ broker, hub, networkId, listenHost: listen.host, version: SOFTWARE, logger: new NestLogger(log) },
    checks: [{ name: 'broker', check: async () => needBroker(broker) }],
    ...(jobs === undefined ? {} : { jobs }),
  });
  await app.listen(listen.port, listen.host);
  const url = await app.getUrl();
  log.info({ url }, 'ready');
  process.send?.({ ready: { url } });
  return {
    close: async () => {
      await app.close();
      await jobs?.close();
      await broker.stop();
    },
  };
}
