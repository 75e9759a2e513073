import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { link, readFile, rename, unlink, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { Busy, Lock } from './lock.js';

const run = promisify(execFile);
const ATTEMPTS = 5;

/**
 * Holds a lock file that names its process by pid and start time; one whose process is gone (or whose pid belongs to
 * another process by now) is taken over. For systems without abstract sockets.
 */
export const holdLockFile = async (path: string, startOf = startTimeOf): Promise<Lock | Busy> => {
  const mine = `${process.pid} ${await startOf(process.pid)}\n`;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (await place(path, mine)) return { release: () => release(path, mine) };
    const theirs = await readFile(path, 'utf8').catch(() => undefined);
    if (theirs === undefined) continue; // released meanwhile
    const holder = await livingHolder(theirs, startOf);
    if (holder !== undefined) return { heldBy: holder };
    await takeAway(path, theirs);
  }
  return { heldBy: undefined };
};

/** True when the file was made, with its whole text at once; false when there is one. */
const place = async (path: string, text: string): Promise<boolean> => {
  const temporary = `${path}.${randomUUID()}`;
  await writeFile(temporary, text, { flag: 'wx', mode: 0o600 });
  try {
    await link(temporary, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  } finally {
    await unlink(temporary);
  }
};

/** Removes a stale lock file, and puts it back when it turns out that another process was faster and it is fresh. */
const takeAway = async (path: string, stale: string): Promise<void> => {
  const aside = `${path}.${randomUUID()}`;
  try {
    await rename(path, aside);
  } catch {
    return; // another process was faster
  }
  if ((await readFile(aside, 'utf8')) !== stale) await link(aside, path).catch(() => undefined);
  await unlink(aside);
};

const release = async (path: string, mine: string): Promise<void> => {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === mine) await unlink(path).catch(() => undefined);
};

const livingHolder = async (
  text: string,
  startOf: (pid: number) => Promise<string>,
): Promise<number | undefined> => {
  const match = /^(\d{1,10}) (.*)\n$/.exec(text);
  const pid = Number(match?.[1]);
  if (match === null || !isAlive(pid)) return undefined;
  return (await startOf(pid)) === match[2] ? pid : undefined;
};

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
};

/** When a process started, as the system prints it; empty where it cannot be asked. */
const startTimeOf = async (pid: number): Promise<string> => {
  try {
    const { stdout } = await run('ps', ['-o', 'lstart=', '-p', String(pid)], {
      env: { ...process.env, LC_ALL: 'C' },
    });
    return stdout.trim();
  } catch {
    return '';
  }
};
