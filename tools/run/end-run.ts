import { readFileSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { removeNamespaces } from './namespaces.js';
import { isAlive, pidsWithEnvironment, signal, thisMachine } from './process-table.js';
import type { RunRecord } from './run-record.js';

/** Every process of a run has this variable with the run's id, and so has everything that it starts. */
export const RUN_TAG = 'SHOAL_RUN';

/** A run ends within 5 s of its owner; this leaves time to remove its folder. */
const KILL_DEADLINE_MS = 4_000;
const LOOK_EVERY_MS = 40;

const survivors = (record: RunRecord): number[] => {
  if (record.machine.boot !== thisMachine().boot) return [];
  const groups = record.children.filter(isAlive).map((child) => -child.pid);
  const tagged = pidsWithEnvironment(RUN_TAG, record.id).filter((pid) => pid !== process.pid);
  return [...groups, ...tagged];
};

const removeFile = (path: string, id: string): void => {
  try {
    if (readFileSync(path, 'utf8').includes(id)) rmSync(path, { force: true });
  } catch {
    // Gone already.
  }
};

/** Kills every process that the run left. True when none is left. */
export const endProcesses = async (record: RunRecord): Promise<boolean> => {
  const deadline = Date.now() + KILL_DEADLINE_MS;
  for (;;) {
    const left = survivors(record);
    if (left.length === 0) return true;
    if (Date.now() > deadline) return false;
    for (const pid of left) signal(pid, 'SIGKILL');
    await delay(LOOK_EVERY_MS);
  }
};

/** Removes what the run left on disk and in the kernel. Two may do it at once. */
export const removeTraces = async (folder: string, record: RunRecord): Promise<void> => {
  for (const file of record.files) removeFile(file, record.id);
  removeNamespaces(record.id);
  await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
};

export const endRun = async (folder: string, record: RunRecord): Promise<void> => {
  await endProcesses(record);
  await removeTraces(folder, record);
};
