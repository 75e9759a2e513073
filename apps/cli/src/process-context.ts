import { EXIT } from './output/exit-codes.js';
import type { Context } from './context.js';

/** The context of a real process. */
export const processContext = (): Context => {
  let interrupted: AbortController | undefined;
  return {
    env: process.env,
    cwd: process.cwd(),
    stdout: process.stdout,
    stderr: process.stderr,
    now: () => Date.now(),
    interrupts: () => (interrupted ??= watchSignals()).signal,
  };
};

const watchSignals = (): AbortController => {
  const controller = new AbortController();
  const onSignal = (): void => {
    if (controller.signal.aborted) process.exit(EXIT.interrupted);
    controller.abort();
  };
  process.on('SIGINT', onSignal);
  process.on('SIGTERM', onSignal);
  return controller;
};
