import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { compiled } from '../../../tools/run/project.js';

/** What `services-check --json` prints. */
export interface Started {
  readonly run: {
    readonly id: string;
    readonly folder: string;
    readonly pid: number;
    readonly watchdog: number;
  };
  readonly versions: { readonly broker: string; readonly redis: string };
  readonly pids: readonly number[];
  readonly environment: Readonly<Record<string, string>>;
}

export interface Command {
  readonly started: Started;
  readonly exited: Promise<number | null>;
  kill(signal: NodeJS.Signals): void;
}

/** Starts private servers from a process of its own, which stays until it gets a signal. */
export const startCommand = async (temporary: string): Promise<Command> => {
  const child = spawn(process.execPath, [compiled('tools/services-check/main'), '--json', '--stay'], {
    env: { ...process.env, AMQP_URL: '', REDIS_URL: '', TMPDIR: temporary },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (data: Buffer) => (said += data.toString()));
  const exited = once(child, 'exit').then(([code]) => code as number | null);
  const line = once(createInterface({ input: child.stdout }), 'line').then(([text]) => String(text));
  const text = await Promise.race([line, exited]);
  if (typeof text !== 'string') throw new Error(`the command ended with ${text}:\n${said}`);
  return { started: JSON.parse(text) as Started, exited, kill: (signal) => void child.kill(signal) };
};

const LOOK_EVERY_MS = 20;

/** Milliseconds until `isSo`; there is no event for the end of somebody else's process. @throws past the deadline */
export const untilSo = async (what: string, deadlineMs: number, isSo: () => boolean): Promise<number> => {
  const startedAt = Date.now();
  while (!isSo()) {
    if (Date.now() - startedAt > deadlineMs) throw new Error(`not after ${deadlineMs} ms: ${what}`);
    await delay(LOOK_EVERY_MS);
  }
  return Date.now() - startedAt;
};
