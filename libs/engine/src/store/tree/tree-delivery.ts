import { dirname } from 'node:path';
import { ShoalError, type ChunkIndex } from '#core';
import { fileError, systemCode, TreeIndex, type FileIdentity } from '#chunking';
import type { PartContent } from '../part-content.js';
import { reportTrouble, type Place, type StoreHost } from '../store-host.js';
import { detailsAt, targetExists } from '../target.js';
import type { Delivery } from '../delivery.js';
import type { Manifest } from '#chunking';
import { loadTreeFile, saveTreeFile } from './tree-file.js';
import type { TreeOnDisk } from './tree-on-disk.js';
import { treeFilePathOf, treePathsOf, type TreePaths } from './tree-paths.js';
import { TreeStore } from './tree-store.js';
import { checkReplaceableByTree } from './tree-target.js';
import { unpackTree } from './unpack-tree.js';

/** What rename says when something appeared at the target that is not an empty folder. */
const IN_THE_WAY = new Set(['ENOTEMPTY', 'EEXIST', 'ENOTDIR']);

/**
 * The last step of the download of a tree: it is unpacked beside its target, made durable, and moved there.
 *
 * What a crash leaves: before the move, the part file and rubbish beside the target. With force the old target is moved
 * aside first, durably, and removed when the tree has its place; in between the target is missing, and the next start puts
 * the old one back, unless the tree made it (it is known by the seal in the record). So at any time the old target or the
 * tree is whole on the disk, and nothing that this download did not make is removed before the tree is in its place.
 */
export class TreeDelivery implements Delivery {
  private readonly paths: TreePaths;
  private readonly treeFile: string;
  private tree: TreeOnDisk | undefined;

  constructor(
    private readonly host: StoreHost,
    private readonly manifest: Manifest,
    private readonly target: string,
    private seal: FileIdentity | undefined,
  ) {
    this.paths = treePathsOf(manifest.fileId, target);
    this.treeFile = treeFilePathOf(host.folder, manifest.fileId, target);
  }

  get sealed(): FileIdentity | undefined {
    return this.seal;
  }

  async alreadyDone(): Promise<FileIdentity | undefined> {
    const { seal } = this;
    this.seal = undefined;
    const there = await this.host.fs.lstat(this.target).catch(() => undefined);
    const ours = seal !== undefined && there?.inode === seal.inode && there.device === seal.device;
    if (!ours) {
      await this.tidy(there !== undefined);
      return undefined;
    }
    this.tree = await loadTreeFile(this.host.fs, this.treeFile, this.manifest);
    await this.host.fs.removeAll(this.paths.aside);
    return seal;
  }

  async run(content: PartContent, force: boolean, save: () => Promise<void>): Promise<FileIdentity> {
    const { fs } = this.host;
    await this.prepare(force);
    const index = await this.indexIn(content);
    const read = (into: Uint8Array, position: number): Promise<void> => this.read(content, into, position);
    this.tree = await unpackTree(fs, index, read, this.paths.staging);
    await fs.syncAll(this.paths.staging);
    await this.sealTree(save);
    await this.move(force);
    return this.seal as FileIdentity;
  }

  place(_identity: FileIdentity, owner: Place, name: string | undefined): Place {
    const { manifest, target: path } = this;
    const tree = this.tree as TreeOnDisk;
    return new TreeStore(this.host, { manifest, path, name, owner, tree, isFetched: true });
  }

  /** Nothing of an earlier attempt is left and the target may be taken. */
  private async prepare(force: boolean): Promise<void> {
    const there = await detailsAt(this.host.fs, this.target);
    await this.tidy(there !== undefined);
    const now = await detailsAt(this.host.fs, this.target);
    if (now !== undefined) checkReplaceableByTree(this.target, now, force, this.host.folder);
  }

  /** Puts back what an interrupted delivery moved aside. @throws ShoalError `target-exists` when that cannot be */
  private async tidy(targetThere: boolean): Promise<void> {
    const { fs } = this.host;
    const { aside, staging } = this.paths;
    if ((await detailsAt(fs, aside)) !== undefined) {
      if (targetThere) throw leftAside(this.target, aside);
      await fs.rename(aside, this.target);
      await fs.syncFolder(dirname(this.target));
    }
    await fs.removeAll(staging);
  }

  private async indexIn(content: PartContent): Promise<TreeIndex> {
    const bytes = Buffer.alloc(this.manifest.tree?.indexBytes ?? 0);
    await this.read(content, bytes, 0);
    const index = TreeIndex.decode(bytes);
    index.checkAgainst(this.manifest);
    return index;
  }

  /** Chunks that cannot be read back are lost, and fetched again. */
  private async read(content: PartContent, into: Uint8Array, position: number): Promise<void> {
    try {
      if ((await content.read(into, position)) === into.length) return;
    } catch (thrown) {
      const error = fileError(thrown, 'cannot read the part file');
      const { chunkSize } = this.manifest;
      const last = Math.floor((position + into.length - 1) / chunkSize);
      for (let chunk: ChunkIndex = Math.floor(position / chunkSize); chunk <= last; chunk++) {
        content.lose(chunk, error.message);
      }
      throw error;
    }
    throw new ShoalError('file-changed', `the part file of ${this.target} is shorter than it was`);
  }

  /** From here on the tree is known again at its target, whatever happens. */
  private async sealTree(save: () => Promise<void>): Promise<void> {
    const { device, inode, size, modified } = await this.host.fs.lstat(this.paths.staging);
    await saveTreeFile(this.host.fs, this.treeFile, this.tree as TreeOnDisk);
    this.seal = { device, inode, size, modified };
    await save();
    await this.host.anchor();
  }

  private async move(force: boolean): Promise<void> {
    const { fs, folderSyncs } = this.host;
    const { aside, staging } = this.paths;
    const folder = dirname(this.target);
    const there = await detailsAt(fs, this.target);
    if (there !== undefined) {
      checkReplaceableByTree(this.target, there, force, this.host.folder);
      await fs.rename(this.target, aside);
      await folderSyncs.of(folder); // the order of two renames is kept by a sync only
    }
    try {
      await fs.rename(staging, this.target);
    } catch (error) {
      if (there !== undefined) await fs.rename(aside, this.target).catch(() => undefined);
      throw IN_THE_WAY.has(systemCode(error) ?? '') ? targetExists(this.target, error) : error;
    }
    await folderSyncs.of(folder);
    if (there === undefined) return;
    await fs.removeAll(aside).catch((error: unknown) => reportTrouble(this.host, error));
  }
}

const leftAside = (target: string, aside: string): ShoalError =>
  new ShoalError('target-exists', `${target} is there, and so is what was there before: ${aside}`, {
    hint: 'An earlier download was interrupted while it replaced it. Move the one that you do not need away.',
  });
