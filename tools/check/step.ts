import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import type { Stop } from '../run/command.js';
import { PROJECT_ROOT } from '../run/project.js';

export interface Step {
  readonly command: string;
  readonly args: readonly string[];
  /** Added to this process's environment; undefined removes a variable. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly timeoutMs: number;
}

/** Runs a program in the project with this terminal. Its exit code; 124 when it took too long, as timeout(1) has it. */
export const runStep = async ({ command, args, env, timeoutMs }: Step, stop: Stop): Promise<number> => {
  const child = spawn(command, args, {
    cwd: PROJECT_ROOT,
    stdio: 'inherit',
    env: { ...process.env, ...env },
  });
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    process.stderr.write(`\n${command} ${args.join(' ')} took more than ${timeoutMs / 1_000} s.\n`);
    child.kill('SIGKILL');
  }, timeoutMs);
  const onStop = (): void => void child.kill('SIGTERM');
  stop.signal.addEventListener('abort', onStop, { once: true });
  const code = await new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (exit, signal) =>
      resolve(exit ?? 128 + (constants.signals[signal ?? 'SIGTERM'] ?? 0)),
    );
  });
  clearTimeout(timer);
  stop.signal.removeEventListener('abort', onStop);
  return late ? 124 : code;
};
