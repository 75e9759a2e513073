import { plainStyle, styleFor, wantsColours, type Style } from './output/style.js';

export type Env = Readonly<Record<string, string | undefined>>;

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
