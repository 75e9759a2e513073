import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { isAlive, processRef, type ProcessRef } from './process-table.js';

const LOOK_EVERY_MS = 200;

const holderOf = (file: string): ProcessRef | undefined => {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as ProcessRef;
  } catch {
    return undefined;
  }
};

/** A link appears with its content, so nobody ever reads a half-written holder. */
const tryToTake = (file: string): boolean => {
  const mine = `${file}.${process.pid}`;
  writeFileSync(mine, JSON.stringify(processRef(process.pid) ?? { pid: process.pid, startedAt: '' }));
  try {
    linkSync(mine, file);
    return true;
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'EEXIST') throw thrown;
    return false;
  } finally {
    rmSync(mine, { force: true });
  }
};

const removeIfDead = (file: string): void => {
  const holder = holderOf(file);
  if (holder !== undefined && !isAlive(holder)) rmSync(file, { force: true });
};

/** Runs `work` while no other process of this machine does the same under this lock file. A dead holder counts as none. */
export const withFileLock = async <T>(file: string, work: () => Promise<T>): Promise<T> => {
  while (!tryToTake(file)) {
    removeIfDead(file);
    await delay(LOOK_EVERY_MS);
  }
  try {
    return await work();
  } finally {
    rmSync(file, { force: true });
  }
};
