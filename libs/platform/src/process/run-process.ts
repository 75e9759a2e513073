import { asShoalError } from '#core';
import type { Logger } from '../log/logger.js';
import { onParentGone } from './parent.js';

/** A running process: resolves when everything in hand is settled. */
export interface Running {
  close(): Promise<void>;
}

/** Milliseconds that a process has to end by itself; its supervisor kills it after 10 s. */
const CLOSE_TIMEOUT = 9_000;

/**
 * Runs a process to its end: SIGTERM, SIGINT or the end of its parent close it, in bounded time, with exit code 0. An error
 * that nobody caught, or a failed start, is logged and ends it with 1.
 */
export const runProcess = async (log: Logger, start: () => Promise<Running>): Promise<void> => {
  const die = (thrown: unknown): void => {
    const error = asShoalError(thrown);
    const why = error.code === 'internal' ? { err: error.cause ?? error } : { code: error.code };
    try {
      log.fatal(why, error.hint === undefined ? error.message : `${error.message}. ${error.hint}`);
    } finally {
      process.exit(1);
    }
  };
  process.on('unhandledRejection', die);
  process.on('uncaughtException', die);
  const starting = start();
  let closing = false;
  const close = (reason: string): void => {
    if (closing) return;
    closing = true;
    log.info({ reason }, 'stopping');
    setTimeout(() => die(new Error(`did not stop within ${CLOSE_TIMEOUT} ms`)), CLOSE_TIMEOUT).unref();
    starting.then((running) => running.close()).then(() => process.exit(0), die);
  };
  process.on('SIGTERM', () => close('SIGTERM'));
  process.on('SIGINT', () => close('SIGINT'));
  onParentGone(process.env, () => close('the parent is gone'));
  await starting.catch(die);
};
