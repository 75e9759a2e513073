import { dirname } from 'node:path';
import { ShoalError } from '#core';
import { sameFile, type FileIdentity } from '#chunking';
import { deliver } from './deliver.js';
import { isStillAt } from './part-file.js';
import type { PartContent } from './part-content.js';
import type { StoreHost } from './store-host.js';

/**
 * The last step of a download. The part is sealed first: how the finished file looks goes into the record, so that it is
 * known again at its target when a crash follows right after delivery, whatever became of the part file's name.
 */
export class Delivery {
  constructor(
    private readonly host: Pick<StoreHost, 'fs' | 'folderSyncs' | 'isSmall'>,
    private readonly part: string,
    private readonly target: string,
    private seal: FileIdentity | undefined,
  ) {}

  get sealed(): FileIdentity | undefined {
    return this.seal;
  }

  /** The file of an earlier run that was sealed and delivered; undefined (and unsealed) when it is not there. */
  async alreadyDone(): Promise<FileIdentity | undefined> {
    const { seal } = this;
    this.seal = undefined;
    if (seal === undefined) return undefined;
    const there = await this.host.fs.lstat(this.target).catch(() => undefined);
    return there !== undefined && sameFile(there, seal) ? seal : undefined;
  }

  /** Syncs, seals (unless small), delivers, syncs the folder. @throws ShoalError as ChunkStore.publish */
  async run(content: PartContent, force: boolean, save: () => Promise<void>): Promise<FileIdentity> {
    await content.sync('sync');
    const identity = await content.identity();
    if (!(await content.isInPlace()) && !(await isStillAt(this.host.fs, this.target, identity))) {
      throw new ShoalError('file-changed', `${this.part} was moved or deleted`);
    }
    if (!this.host.isSmall(content.manifest)) {
      this.seal = identity;
      await save();
    }
    await deliver(this.host.fs, { path: this.part, inode: identity }, this.target, force);
    await this.host.folderSyncs.sync(dirname(this.target));
    return identity;
  }
}
