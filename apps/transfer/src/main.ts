import { bootstrap, configOrExit, createLogger, runProcess } from '#platform';
import { transferConfig } from './config.js';
import { TransferModule } from './transfer.module.js';

const config = configOrExit(() => transferConfig(process.env));
const log = createLogger({
  name: `${config.ANCHOR_NAME}/transfer`,
  level: config.LOG_LEVEL,
  format: config.LOG_FORMAT,
});

await runProcess(log, () =>
  bootstrap({
    module: TransferModule.with(config, log),
    log,
    health: { host: config.HEALTH_HOST, port: config.HEALTH_PORT },
  }),
);
