import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import {
  AmqpBroker,
  configOrExit,
  createLogger,
  NestLogger,
  runProcess,
  ShoalErrorFilter,
  type Running,
} from '#platform';
import { consoleConfig, type ConsoleConfig } from './config.js';
import { ConsoleModule } from './console.module.js';

const config = configOrExit(() => consoleConfig(process.env));
const log = createLogger({ name: 'console', level: config.log.LOG_LEVEL, format: config.log.LOG_FORMAT });

await runProcess(log, () => start(config));

async function start({ anchors, networkId, listen }: ConsoleConfig): Promise<Running> {
  const broker = new AmqpBroker({
    urls: [...new Set(anchors.map(({ url }) => url))],
    sender: 'console',
    connectionName: 'console',
    network: networkId,
    log,
  });
  await broker.start();
  const app = await NestFactory.create(ConsoleModule.with(broker, networkId), {
    logger: new NestLogger(log),
    abortOnError: false,
    forceCloseConnections: true,
  });
  app.useGlobalFilters(new ShoalErrorFilter());
  await app.listen(listen.port, listen.host);
  const url = await app.getUrl();
  log.info({ url }, 'ready');
  process.send?.({ ready: { url } });
  return {
    close: async () => {
      await app.close();
      await broker.stop();
    },
  };
}
