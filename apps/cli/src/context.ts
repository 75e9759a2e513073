import type { DeadLetterBox, inspectBroker, ManagedBroker } from '#platform/broker';
import type { Log } from '#platform/log';
import type { Env } from './env.js';
import type { NetworkPlace } from './network/place.js';
import { plainStyle, styleFor, wantsColours, type Style } from './output/style.js';

export interface OutputStream {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** The world of a command: everything that a test wants to set. */
export interface Context {
  readonly env: Env;
  readonly cwd: string;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly now: () => number;
  /** Aborted by the first Ctrl-C or SIGTERM. Asking for it takes these signals over; a second one ends at once. */
  interrupts(): AbortSignal;
  /** Makes the broker of a command, where it is not a real one. */
  readonly broker?: (place: NetworkPlace, command: string) => ManagedBroker;
  /** Asks a person yes or no; undefined where there is nobody to ask. */
  readonly confirm?: ((question: string) => Promise<boolean>) | undefined;
  /** What happens inside is said here, with `--verbose` only. */
  readonly log?: Log | undefined;
  /** Looks at a broker, where it is not a real one. */
  readonly inspectBroker?: typeof inspectBroker;
  /** Opens the dead letters, where they are not real ones. */
  readonly deadLetters?: (place: NetworkPlace) => Promise<DeadLetterBox>;
  /** The program of a one-shot peer, where it is not the real one. */
  readonly peerProgram?: string;
}

export const print = ({ stdout }: Context, text: string): void => void stdout.write(`${text}\n`);

/** Never mixed into the results on stdout. */
export const complain = ({ stderr }: Context, text: string): void => void stderr.write(`${text}\n`);

export const styleOf = ({ env }: Context, stream: OutputStream): Style => {
  const colours = wantsColours(env, stream.isTTY === true);
  return colours ? styleFor(true) : plainStyle;
};

/** Resolves when the signal is raised. */
export const untilAborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });

/** Logs of processes that a person watches are for people, unless `LOG_FORMAT` says otherwise. */
export const logFormat = ({ env, stdout }: Pick<Context, 'env' | 'stdout'>): { LOG_FORMAT?: string } =>
  stdout.isTTY === true && (env['LOG_FORMAT'] ?? '') === '' ? { LOG_FORMAT: 'pretty' } : {};
