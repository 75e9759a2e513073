import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { endRun } from './end-run.js';
import { thisMachine } from './process-table.js';
import { readRunRecord, stateOf, type RunRecord } from './run-record.js';

export interface StaleRun {
  readonly folder: string;
  readonly record: RunRecord;
}

/** A folder without a record is one whose owner died between two system calls, or one that is being removed. */
const ABANDONED_AFTER_MS = 60_000;

const foldersIn = (base: string): string[] =>
  readdirSync(base, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(base, entry.name));

export const staleRuns = (base: string): StaleRun[] => {
  const here = thisMachine();
  return foldersIn(base)
    .map((folder) => ({ folder, record: readRunRecord(folder) }))
    .filter((run): run is StaleRun => run.record !== undefined && stateOf(run.record, here) === 'stale');
};

const removeAbandoned = (base: string): void => {
  for (const folder of foldersIn(base)) {
    const changed = statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? Infinity;
    if (readRunRecord(folder) === undefined && changed < Date.now() - ABANDONED_AFTER_MS) {
      rmSync(folder, { recursive: true, force: true });
    }
  }
};

/** Ends and removes every run whose owner is gone. Returns them, so that their foreign networks can be cleaned up. */
export const endStaleRuns = async (base: string): Promise<RunRecord[]> => {
  removeAbandoned(base);
  const stale = staleRuns(base);
  await Promise.all(stale.map(({ folder, record }) => endRun(folder, record)));
  return stale.map(({ record }) => record);
};
