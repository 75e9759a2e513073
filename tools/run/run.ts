import { randomBytes } from 'node:crypto';
import { mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { endProcesses, removeTraces, RUN_TAG } from './end-run.js';
import { ManagedProcess, type SpawnRequest } from './managed-process.js';
import { processRef, thisMachine, type ProcessRef } from './process-table.js';
import { runBase } from './run-base.js';
import { writeRunRecord, type ForeignNetwork, type RunRecord } from './run-record.js';
import { endStaleRuns } from './stale-runs.js';
import { startWatchdog, type Watchdog } from './watchdog.js';

export interface RunOptions {
  /** What a person typed, for messages. */
  readonly command: string;
  /** Folder of all runs; the user's own below the temporary folder when left out. */
  readonly base?: string;
}

/**
 * One run of one command: a private folder, the processes it started, and a watchdog that ends both when this process
 * goes, however it goes. What an earlier run left behind is ended and removed when a new one opens.
 */
export class Run {
  private readonly processes = new Set<ManagedProcess>();
  private closing: Promise<void> | undefined;

  private constructor(
    readonly folder: string,
    private record: RunRecord,
    private readonly watchdog: Watchdog,
    /** Of earlier runs whose owner died. */
    readonly ended: readonly RunRecord[],
  ) {}

  static async open(options: RunOptions): Promise<Run> {
    const base = options.base ?? runBase();
    const ended = await endStaleRuns(base);
    const record = newRecord(options.command);
    const folder = makeFolder(base, record);
    return new Run(folder, record, startWatchdog(folder), ended);
  }

  get id(): string {
    return this.record.id;
  }

  /** For processes that are started in another way: with it in their environment they end with the run, too. */
  get environment(): Record<string, string> {
    return { [RUN_TAG]: this.id };
  }

  get watchdogPid(): number {
    return this.watchdog.pid;
  }

  /** A folder of the run's, made when it is not there. */
  path(...parts: string[]): string {
    const folder = join(this.folder, ...parts);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    return folder;
  }

  spawn(request: SpawnRequest): ManagedProcess {
    if (this.closing !== undefined) throw new Error(`${request.name} is started while the run ends`);
    const log = join(this.path('logs'), `${request.name.replaceAll('/', '-')}.log`);
    const child = new ManagedProcess({ ...request, env: { ...request.env, ...this.environment } }, log);
    const ref = processRef(child.pid);
    if (ref !== undefined) this.note(child, ref);
    return child;
  }

  /** Removes this file with the run, as long as it contains the run's id then. */
  removeAtEnd(file: string): void {
    this.write({ ...this.record, files: [...this.record.files, file] });
  }

  /** Cleans this network up when the run's owner dies (see services/foreign). */
  leaveAtEnd(foreign: ForeignNetwork): void {
    this.write({ ...this.record, foreign: [...this.record.foreign, foreign] });
  }

  /** Ends every process (each at once; stop those that need grace before) and removes the folder. */
  close(): Promise<void> {
    this.closing ??= this.end();
    return this.closing;
  }

  private async end(): Promise<void> {
    await Promise.all([...this.processes].map((child) => child.stop(0)));
    const clean = await endProcesses(this.record);
    if (clean) await removeTraces(this.folder, this.record);
    this.watchdog.release();
  }

  private note(child: ManagedProcess, ref: ProcessRef): void {
    this.processes.add(child);
    this.write({ ...this.record, children: [...this.record.children, { ...ref, name: child.name }] });
    void child.exited.then(() => {
      this.processes.delete(child);
      this.write({ ...this.record, children: this.record.children.filter((one) => one.pid !== ref.pid) });
    });
  }

  private write(record: RunRecord): void {
    this.record = record;
    if (this.closing === undefined) writeRunRecord(this.folder, record);
  }
}

const newRecord = (command: string): RunRecord => ({
  id: randomBytes(5).toString('hex'),
  command,
  owner: processRef(process.pid) ?? { pid: process.pid, startedAt: '' },
  machine: thisMachine(),
  children: [],
  files: [],
  foreign: [],
});

/** The folder appears under its name with its record in it, so nobody takes a young one for a stale one. */
const makeFolder = (base: string, record: RunRecord): string => {
  const young = join(base, `.${record.id}`);
  mkdirSync(young, { mode: 0o700 });
  writeRunRecord(young, record);
  const folder = join(base, record.id);
  renameSync(young, folder);
  return folder;
};
