import type { Context } from '../context.js';
import type { Env } from '../env.js';

export interface TestContext extends Context {
  /** Everything that was written. */
  readonly output: { stdout: string; stderr: string };
  interrupt(): void;
}

export const testContext = (changes: {
  readonly env?: Env;
  readonly cwd?: string;
  readonly now?: () => number;
  readonly peerProgram?: string;
  readonly broker?: Context['broker'];
  readonly confirm?: Context['confirm'];
  readonly inspectBroker?: Context['inspectBroker'];
  readonly deadLetters?: Context['deadLetters'];
}): TestContext => {
  const output = { stdout: '', stderr: '' };
  const controller = new AbortController();
  return {
    env: {},
    cwd: '/',
    now: () => 0,
    ...changes,
    stdout: { write: (text) => (output.stdout += text) },
    stderr: { write: (text) => (output.stderr += text) },
    interrupts: () => controller.signal,
    output,
    interrupt: () => controller.abort(),
  };
};
