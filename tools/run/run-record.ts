import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isAlive, thisMachine, type Machine, type ProcessRef } from './process-table.js';

/** A server that the run did not start but left names on. The file is private (0600): URLs carry passwords. */
export interface ForeignNetwork {
  readonly network: string;
  readonly amqpUrl?: string;
  readonly redisUrl?: string;
}

/** What somebody else must know to end a run whose owner died. One file in the run's folder. */
export interface RunRecord {
  readonly id: string;
  /** What a person typed, for messages. */
  readonly command: string;
  readonly owner: ProcessRef;
  readonly machine: Machine;
  /** Each leads a process group of its own. */
  readonly children: readonly (ProcessRef & { readonly name: string })[];
  /** Files outside the folder that go with the run, as long as they still name it. */
  readonly files: readonly string[];
  readonly foreign: readonly ForeignNetwork[];
}

const FILE = 'run.json';

export const readRunRecord = (folder: string): RunRecord | undefined => {
  try {
    return JSON.parse(readFileSync(join(folder, FILE), 'utf8')) as RunRecord;
  } catch {
    return undefined;
  }
};

/** Whole or not at all: a reader never sees half a record. Synchronous, so that no child runs unrecorded. */
export const writeRunRecord = (folder: string, record: RunRecord): void => {
  const next = join(folder, `${FILE}.next`);
  writeFileSync(next, JSON.stringify(record, null, 2), { mode: 0o600 });
  renameSync(next, join(folder, FILE));
};

export type RunState =
  /** Its owner works. */
  | 'live'
  /** Its owner is gone: whoever sees it ends it. */
  | 'stale'
  /** It belongs to another container: nothing can be said about it from here. */
  | 'elsewhere';

export const stateOf = (record: RunRecord, here: Machine = thisMachine()): RunState => {
  if (record.machine.boot !== here.boot) return 'stale';
  if (record.machine.pidNamespace !== here.pidNamespace) return 'elsewhere';
  return isAlive(record.owner) ? 'live' : 'stale';
};
