import { dirname, basename } from 'node:path';
import { ShoalError } from '#core';
import type { FileSystem } from './file-system.js';
import type { Lock, Locks } from './lock.js';

export const targetInUse = (target: string, pid?: number): ShoalError =>
  new ShoalError(
    'target-in-use',
    `this file is being downloaded to ${target} already${pid === undefined ? '' : ` by process ${pid}`}`,
    { hint: 'Wait for that download, cancel it, or choose another target.' },
  );

/** Lets no other process fill the same part file. */
export class PartLock {
  private lock: Lock | undefined;

  constructor(
    private readonly host: { readonly fs: FileSystem; readonly locks: Locks },
    private readonly part: string,
    private readonly target: string,
  ) {}

  /** @throws ShoalError `target-in-use` */
  async take(): Promise<void> {
    const folder = await this.host.fs.stat(dirname(this.part));
    this.lock = await this.host.locks.acquire({
      id: `part:${folder.device}:${folder.inode}:${basename(this.part)}`,
      file: `${this.part}.lock`,
      busy: (pid) => targetInUse(this.target, pid),
    });
  }

  /** Fine when it was not taken. */
  async release(): Promise<void> {
    const { lock } = this;
    this.lock = undefined;
    await lock?.release();
  }
}
