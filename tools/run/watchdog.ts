import { spawn } from 'node:child_process';
import { RUN_TAG } from './end-run.js';
import { compiled } from './project.js';

export interface Watchdog {
  readonly pid: number;
  /** The run has ended by itself: nothing is left to watch. */
  release(): void;
}

/** Starts the process that ends the run in `folder` as soon as this process is gone. */
export const startWatchdog = (folder: string): Watchdog => {
  const child = spawn(process.execPath, [compiled('tools/run/watchdog-main'), folder], {
    // A session of its own: Ctrl-C in the terminal does not reach it.
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    cwd: '/',
    env: { ...process.env, [RUN_TAG]: undefined, NODE_OPTIONS: undefined },
  });
  child.unref();
  const pipe = child.stdin as typeof child.stdin & { unref?(): void };
  pipe.unref?.();
  pipe.on('error', () => undefined);
  return { pid: child.pid ?? 0, release: () => void pipe.end() };
};
