import { bootstrap, configOrExit, createLogger, runProcess } from '#platform';
import { manifestConfig } from './config.js';
import { ManifestModule } from './manifest.module.js';

const config = configOrExit(() => manifestConfig(process.env));
const log = createLogger({
  name: `${config.ANCHOR_NAME}/manifest`,
  level: config.LOG_LEVEL,
  format: config.LOG_FORMAT,
});

await runProcess(log, () =>
  bootstrap({
    module: ManifestModule.with(config, log),
    log,
    health: { host: config.HEALTH_HOST, port: config.HEALTH_PORT },
  }),
);
