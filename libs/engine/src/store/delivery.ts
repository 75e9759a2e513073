import { ShoalError } from '#core';
import { sameFile, type FileIdentity } from '#chunking';
import { deliver } from './deliver.js';
import type { FileSystem } from './file-system.js';
import { isStillAt } from './part-file.js';
import type { PartContent } from './part-content.js';

/**
 * The last step of a download. The part is sealed first: how the finished file looks goes into the record, so that it is
 * known again at its target when a crash follows right after delivery, whatever became of the part file's name.
 */
export class Delivery {
  constructor(
    private readonly fs: FileSystem,
    private readonly part: string,
    private readonly target: string,
    private seal: FileIdentity | undefined,
  ) {}

  get sealed(): FileIdentity | undefined {
    return this.seal;
  }

  /** The delivered file of an earlier run; undefined (and unsealed) when it was not delivered or is another by now. */
  async alreadyDone(): Promise<FileIdentity | undefined> {
    const { seal } = this;
    this.seal = undefined;
    if (seal === undefined) return undefined;
    const there = await this.fs.lstat(this.target).catch(() => undefined);
    return there !== undefined && sameFile(there, seal) ? seal : undefined;
  }

  /** Syncs, seals, saves the record, delivers. @throws ShoalError as ChunkStore.publish */
  async run(content: PartContent, force: boolean, save: () => Promise<void>): Promise<FileIdentity> {
    await content.sync('sync');
    const identity = await content.identity();
    if (!(await content.isInPlace()) && !(await isStillAt(this.fs, this.target, identity))) {
      throw new ShoalError('file-changed', `${this.part} was moved or deleted`);
    }
    this.seal = identity;
    await save();
    await deliver(this.fs, { path: this.part, inode: identity }, this.target, force);
    return identity;
  }
}
