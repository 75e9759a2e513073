import { asShoalError, ShoalError } from '#core';

/** A terminal's Ctrl-C reaches npm and the command, and npm passes it on: signals this close are one. */
const SAME_SIGNAL_MS = 1_000;
const EXIT_BY_SIGNAL = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

/** The wish of a person or a supervisor that the command ends. */
export interface Stop {
  readonly signal: AbortSignal;
  readonly requested: Promise<void>;
  /** Rejects with the reason as soon as the command shall end; else settles like `work`. */
  unlessStopped<T>(work: Promise<T>): Promise<T>;
}

class Stopped extends Error {
  constructor(readonly exitCode: number) {
    super('the command was stopped');
  }
}

/**
 * Runs a command to its end: SIGINT, SIGTERM and SIGHUP ask it to stop, a second one some time later ends it at once (its
 * watchdog tidies up). Errors are told in words. The process ends with `main`'s number, 1 after an error, 130 or 143
 * after a signal.
 */
export const runCommand = async (main: (stop: Stop) => Promise<number>): Promise<never> => {
  const controller = new AbortController();
  listen(controller);
  const stop = stopOf(controller.signal);
  try {
    const code = await main(stop);
    return process.exit(stopCode(controller.signal) ?? code);
  } catch (thrown) {
    if (thrown instanceof Stopped) return process.exit(thrown.exitCode);
    tell(thrown);
    return process.exit(stopCode(controller.signal) ?? 1);
  }
};

const listen = (controller: AbortController): void => {
  let first = 0;
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      const exitCode = EXIT_BY_SIGNAL[name];
      if (first === 0) first = Date.now();
      else if (Date.now() - first > SAME_SIGNAL_MS) process.exit(exitCode);
      controller.abort(new Stopped(exitCode));
    });
  }
};

const stopCode = (signal: AbortSignal): number | undefined =>
  signal.aborted ? (signal.reason as Stopped).exitCode : undefined;

const stopOf = (signal: AbortSignal): Stop => {
  const requested = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
  return {
    signal,
    requested,
    unlessStopped: async (work) =>
      await Promise.race([
        work,
        requested.then(() => {
          throw signal.reason as Stopped;
        }),
      ]),
  };
};

const tell = (thrown: unknown): void => {
  const error = asShoalError(thrown);
  const unexpected = !(thrown instanceof ShoalError) || process.env['SHOAL_DEBUG'] === '1';
  process.stderr.write(`\n${unexpected ? ((thrown as Error).stack ?? error.message) : error.message}\n`);
  if (error.hint !== undefined) process.stderr.write(`${error.hint}\n`);
};

/** A sentence for a person, apart from the command's output. */
export const say = (line: string): void => void process.stderr.write(`${line}\n`);
