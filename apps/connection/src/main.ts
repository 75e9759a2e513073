import { bootstrap, configOrExit, createLogger, runProcess } from '#platform';
import { connectionConfig } from './config.js';
import { ConnectionModule } from './connection.module.js';

const config = configOrExit(() => connectionConfig(process.env));
const log = createLogger({
  name: `${config.ANCHOR_NAME}/connection`,
  level: config.LOG_LEVEL,
  format: config.LOG_FORMAT,
});

await runProcess(log, () =>
  bootstrap({
    module: ConnectionModule.with(config, log),
    log,
    health: { host: config.HEALTH_HOST, port: config.HEALTH_PORT },
  }),
);
