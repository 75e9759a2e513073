import { ShoalError } from '#core';
import type { ManagedProcess } from '../run/managed-process.js';
import { tailOf } from '../run/log-tail.js';

/** Ports are chosen before the server takes them, so another run may have been faster. */
const TRIES = 3;

/** A server that the run started and can start again on the same ports and data (for tests of its absence). */
export interface PrivateServer {
  readonly url: string;
  readonly version: string;
  readonly pid: number;
  readonly logFile: string;
  /** Ends it at once, as a crash would. */
  kill(): Promise<void>;
  /** Starts it again on the same address with the data it left. */
  restart(): Promise<void>;
}

/** Waits until `probe` succeeds, the process ends, or time is up; the error then has the end of the log. */
export const untilUp = async <T>(
  process: ManagedProcess,
  timeoutMs: number,
  probe: (givenUp: AbortSignal) => Promise<T>,
): Promise<T> => {
  const givenUp = new AbortController();
  const probing = probe(givenUp.signal);
  probing.catch(() => undefined);
  try {
    return await process.orFail(probing, timeoutMs);
  } catch (thrown) {
    givenUp.abort();
    await process.stop(0);
    throw thrown;
  }
};

const portWasTaken = (logFile: string): boolean =>
  /eaddrinuse|address already in use/i.test(tailOf(logFile, 200));

/** Runs `start` again, on other ports, when a port was taken meanwhile. */
export const withOtherPorts = async <T>(start: (attempt: number) => Promise<T>): Promise<T> => {
  for (let attempt = 1; ; attempt++) {
    try {
      return await start(attempt);
    } catch (thrown) {
      if (attempt === TRIES || !(thrown instanceof PortTaken)) throw thrown;
    }
  }
};

export class PortTaken extends ShoalError {
  constructor(cause: unknown) {
    super('internal', (cause as Error).message, { cause, retry: 'transient' });
  }
}

/** The error to throw for a server that did not come up. */
export const startFailure = (thrown: unknown, logFile: string): unknown =>
  portWasTaken(logFile) ? new PortTaken(thrown) : thrown;
