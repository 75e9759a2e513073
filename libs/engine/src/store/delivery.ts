import { dirname } from 'node:path';
import { ShoalError } from '#core';
import { sameFile, type FileIdentity, type Manifest } from '#chunking';
import { CompleteStore } from './complete-store.js';
import { deliver } from './deliver.js';
import { isStillAt } from './part-file.js';
import type { PartContent } from './part-content.js';
import type { Place, StoreHost } from './store-host.js';

/** The last step of a download, for one kind of content. */
export interface Delivery {
  /** How the delivered content will look; set just before it gets its name. */
  readonly sealed: FileIdentity | undefined;
  /** What an earlier run sealed and delivered; undefined (and unsealed) when it is not there. */
  alreadyDone(): Promise<FileIdentity | undefined>;
  /** @throws ShoalError as ChunkStore.publish */
  run(content: PartContent, force: boolean, save: () => Promise<void>): Promise<FileIdentity>;
  /** What goes on serving it. */
  place(identity: FileIdentity, owner: Place, name: string | undefined): Place;
}

/**
 * For a plain file. The part is sealed first: how the finished file looks goes into the record, so that it is
 * known again at its target when a crash follows right after delivery, whatever became of the part file's name.
 */
export class FileDelivery implements Delivery {
  constructor(
    private readonly host: StoreHost,
    private readonly manifest: Manifest,
    private readonly part: string,
    private readonly target: string,
    private seal: FileIdentity | undefined,
  ) {}

  get sealed(): FileIdentity | undefined {
    return this.seal;
  }

  async alreadyDone(): Promise<FileIdentity | undefined> {
    const { seal } = this;
    this.seal = undefined;
    if (seal === undefined) return undefined;
    const there = await this.host.fs.lstat(this.target).catch(() => undefined);
    return there !== undefined && sameFile(there, seal) ? seal : undefined;
  }

  /** Syncs, seals (unless small), delivers, syncs the folder. */
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
    await this.host.folderSyncs.of(dirname(this.target));
    return identity;
  }

  place(identity: FileIdentity, owner: Place, name: string | undefined): Place {
    const { manifest, target: path } = this;
    return new CompleteStore(this.host, { manifest, path, name, identity, owner, isFetched: true });
  }
}
