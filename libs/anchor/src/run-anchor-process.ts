import type { DynamicModule } from '@nestjs/common';
import { bootstrap, configOrExit, createLogger, runProcess, type Logger } from '#platform';
import { anchorConfig, type AnchorConfig } from './anchor-config.js';
import type { AnchorProcess } from './anchor.providers.js';

/** The main program of one process of an anchor: configuration from the environment, log, Nest, until it is told to end. */
export const runAnchorProcess = async (
  kind: AnchorProcess['kind'],
  moduleOf: (config: AnchorConfig, log: Logger) => DynamicModule,
): Promise<void> => {
  const config = configOrExit(() => anchorConfig(process.env));
  const { ANCHOR_NAME: anchor, LOG_LEVEL: level, LOG_FORMAT: format } = config;
  const log = createLogger({ name: `${anchor}/${kind}`, level, format });
  const health = { host: config.HEALTH_HOST, port: config.HEALTH_PORT };
  await runProcess(log, () => bootstrap({ module: moduleOf(config, log), log, health }));
};
