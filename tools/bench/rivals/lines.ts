import { ShoalError } from '#core';
import type { ManagedProcess, SpawnRequest } from '../../run/managed-process.js';
import type { Run } from '../../run/run.js';
import { spawnOn, type Host } from '../lab/host.js';

/** A process that is followed by what it writes. */
export class Talker {
  private readonly seen: string[] = [];
  private readonly waiting = new Map<string, () => void>();
  readonly process: ManagedProcess;

  constructor(run: Run, host: Host, request: SpawnRequest) {
    const onLine = (_name: string, line: string): void => this.heard(line);
    this.process = spawnOn(run, host, { ...request, onLine });
  }

  get pid(): number {
    return this.process.pid;
  }

  /** Resolves when a line begins with `start`, also when it came before. @throws ShoalError when the process ends first */
  async says(start: string): Promise<string> {
    const find = (): string | undefined => this.seen.find((line) => line.startsWith(start));
    if (find() === undefined) {
      const heard = new Promise<void>((resolve) => this.waiting.set(start, resolve));
      await Promise.race([heard, this.endsEarly()]);
    }
    return find() as string;
  }

  private async endsEarly(): Promise<never> {
    const { code, signal } = await this.process.exited;
    await this.process.outputEnded;
    const last = this.seen.slice(-3).join('; ');
    throw new ShoalError('internal', `${this.process.name} ended with ${signal ?? code}: ${last}`);
  }

  private heard(line: string): void {
    this.seen.push(line);
    for (const [start, resolve] of this.waiting) {
      if (!line.startsWith(start)) continue;
      this.waiting.delete(start);
      resolve();
    }
  }
}

/**
 * A command whose end is what is waited for. A shell stays as its parent, so that the CPU it took can still be read.
 * @returns a talker that says `ended 0`
 */
export const staying = (run: Run, host: Host, request: SpawnRequest): Talker =>
  new Talker(run, host, {
    ...request,
    command: '/bin/sh',
    args: ['-c', '"$0" "$@"; echo "ended $?"; exec sleep 1000', request.command, ...(request.args ?? [])],
  });

/** Resolves when it ended well. @throws ShoalError with its exit code */
export const untilEnded = async (talker: Talker): Promise<void> => {
  const line = await talker.says('ended ');
  if (line !== 'ended 0') throw new ShoalError('internal', `${talker.process.name} ${line}`);
};
