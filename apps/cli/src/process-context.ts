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
    confirm: process.stdin.isTTY && process.stderr.isTTY ? askPerson : undefined,
    interrupts: () => (interrupted ??= watchSignals()).signal,
  };
};

/** The question goes to stderr: stdout has results only. */
const askPerson = async (question: string): Promise<boolean> => {
  const { createInterface } = await import('node:readline/promises');
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await terminal.question(`${question} [y/N] `)).trim());
  } finally {
    terminal.close();
  }
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
