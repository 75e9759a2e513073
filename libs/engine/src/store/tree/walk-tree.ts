import { join } from 'node:path';
import { ShoalError } from '#core';
import {
  fileError,
  TREE_LIMITS,
  treeMode,
  treeTooLarge,
  TreeIndex,
  whyBadLink,
  whyBadPath,
  type FileIdentity,
  type TreeEntry,
} from '#chunking';
import { eachOf } from '../each-of.js';
import type { FileDetails, FileSystem } from '../file-system.js';
import type { TreeOnDisk } from './tree-on-disk.js';

/** Entries looked at side by side. */
const AT_ONCE = 16;

type WalkFileSystem = Pick<FileSystem, 'list' | 'lstat' | 'readLink'>;

/**
 * Looks at everything below a folder and reads nothing of it. Only plain files, folders and symbolic links that stay inside
 * can be part of a tree.
 * @throws ShoalError `bad-path` naming what cannot be published, `limit-exceeded`, `not-allowed`, `not-found`
 */
export const walkTree = async (fs: WalkFileSystem, root: string): Promise<TreeOnDisk> => {
  const walk = new Walk(fs, root);
  try {
    for (let folder = walk.next(); folder !== undefined; folder = walk.next()) await walk.enter(folder);
  } catch (error) {
    throw fileError(error, `cannot read ${root}`);
  }
  const index = TreeIndex.of(walk.entries);
  return { index, identities: index.files.map(({ path }) => walk.identities.get(path) as FileIdentity) };
};

class Walk {
  readonly entries: TreeEntry[] = [];
  readonly identities = new Map<string, FileIdentity>();
  /** Folders to look into. */
  private readonly folders = [''];

  constructor(
    private readonly fs: WalkFileSystem,
    private readonly root: string,
  ) {}

  next(): string | undefined {
    return this.folders.pop();
  }

  async enter(folder: string): Promise<void> {
    const names = await this.fs.list(join(this.root, folder));
    if (this.entries.length + names.length > TREE_LIMITS.entries) {
      throw treeTooLarge(`more than ${TREE_LIMITS.entries} files, folders and links`);
    }
    await eachOf(names, AT_ONCE, (name) => this.look(folder === '' ? name : `${folder}/${name}`));
  }

  private async look(path: string): Promise<void> {
    const why = whyBadPath(path);
    if (why !== undefined) throw cannotPublish(join(this.root, path), `its path ${why}`);
    const details = await this.fs.lstat(join(this.root, path));
    this.entries.push(await this.entryOf(path, details));
  }

  private async entryOf(path: string, details: FileDetails): Promise<TreeEntry> {
    const { kind, device, inode, size, modified, mode } = details;
    switch (kind) {
      case 'folder':
        this.folders.push(path);
        return { kind, path, mode: treeMode(kind, mode) };
      case 'file':
        this.identities.set(path, { device, inode, size, modified });
        return { kind, path, mode: treeMode(kind, mode), size };
      case 'link':
        return { kind, path, target: await this.target(path) };
      case 'other':
        throw cannotPublish(join(this.root, path), 'it is not a plain file, folder or symbolic link');
    }
  }

  private async target(path: string): Promise<string> {
    const full = join(this.root, path);
    const target = await this.fs.readLink(full);
    const why = whyBadLink(path, target);
    if (why === undefined) return target;
    throw cannotPublish(
      full,
      `it is a symbolic link whose target ${JSON.stringify(target.slice(0, 100))} ${why}`,
    );
  }
}

const cannotPublish = (path: string, why: string): ShoalError =>
  new ShoalError('bad-path', `${JSON.stringify(path.slice(0, 1_000))} cannot be part of a tree: ${why}`, {
    hint: 'Remove or rename it, or publish the folders beside it one by one.',
  });
