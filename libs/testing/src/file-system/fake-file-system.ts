import type { Random } from '#core';
import type { FileDetails, FileSystem, OpenFile, OpenMode } from '#engine';
import type { Fate } from './fake-content.js';
import { FakeDisk, type FakeFileNode, type FakeNode, type Spot } from './fake-disk.js';
import { FakeFile } from './fake-file.js';
import { Faults, type Operation } from './faults.js';
import { addNode, checkFolderRename, linkTarget, removeNode, syncNode } from './fake-trees.js';
import { systemError } from './system-error.js';

const DEVICE = 7n;

/**
 * A file system in memory that knows what is durable. Content is on the disk after a sync of its file, names after a sync
 * of their folder (making folders is durable at once). It can be told to fail, and to lose power at any step.
 */
export class FakeFileSystem implements FileSystem {
  readonly user = 1_000;
  readonly folderMode = 0o755;
  /** Bytes that freeSpace answers; undefined as on file systems that do not say. */
  space: number | undefined = 1_000_000_000;
  /** False: link answers EPERM, as FAT does. */
  hasHardLinks = true;
  readonly faults = new Faults();

  constructor(private readonly disk = new FakeDisk()) {}

  /** The same disk after the power came back (or after its process was killed: then nothing is lost). */
  restarted(what: Fate | 'killed', random: Random): FakeFileSystem {
    if (what !== 'killed') this.disk.losePower(what, random);
    const after = new FakeFileSystem(this.disk);
    after.hasHardLinks = this.hasHardLinks;
    after.space = this.space;
    return after;
  }

  async stat(path: string): Promise<FileDetails> {
    return this.faults.run('stat', path, () => detailsOf(this.existing(path, true)));
  }

  async lstat(path: string): Promise<FileDetails> {
    return this.faults.run('stat', path, () => detailsOf(this.existing(path, false)));
  }

  async open(path: string, mode: OpenMode): Promise<OpenFile> {
    const makes = mode === 'create' || mode === 'overwrite';
    return this.faults.run(makes ? 'create' : 'open', path, () => {
      const node = makes ? this.made(path, mode) : this.existing(path, mode === 'read');
      if (mode !== 'read' && node.kind === 'folder') throw systemError('EISDIR', path);
      if (node.kind === 'link') throw systemError('ELOOP', path);
      return this.opened(path, node);
    });
  }

  private opened(path: string, node: FakeNode): FakeFile {
    const ofPath = (): FileDetails => detailsOf(this.existing(path, true));
    return new FakeFile(path, node, this.faults, this.disk, { own: () => detailsOf(node), ofPath });
  }

  async rename(from: string, to: string): Promise<void> {
    return this.faults.run('rename', to, () => {
      const source = this.disk.find(from, false);
      const target = this.disk.find(to, false);
      if (source.node === undefined) throw systemError('ENOENT', from);
      if (source.node === target.node) return;
      checkFolderRename(source.node, target.node, to);
      if (source.folder !== target.folder) throw systemError('EXDEV', to); // the store never needs it
      source.folder.names.change(
        new Map([
          [source.name, undefined],
          [target.name, source.node],
        ]),
      );
    });
  }

  async link(from: string, to: string): Promise<void> {
    return this.faults.run('link', to, () => {
      if (!this.hasHardLinks) throw systemError('EPERM', to);
      const node = this.existing(from, false);
      const target = this.disk.find(to, false);
      if (target.node !== undefined) throw systemError('EEXIST', to);
      target.folder.names.change(new Map([[target.name, node]]));
    });
  }

  async unlink(path: string): Promise<void> {
    return this.faults.run('unlink', path, () => {
      const spot = this.disk.find(path, false);
      if (spot.node === undefined) throw systemError('ENOENT', path);
      if (spot.node.kind === 'folder') throw systemError('EISDIR', path);
      spot.folder.names.change(new Map([[spot.name, undefined]]));
    });
  }

  async makeFolder(path: string): Promise<void> {
    return this.faults.run('makeFolder', path, () => {
      let made = '';
      for (const part of path.split('/').filter(Boolean)) {
        made += `/${part}`;
        const { folder, name, node } = this.disk.find(made, true);
        if (node?.kind === 'folder') continue;
        if (node !== undefined) throw systemError('ENOTDIR', path);
        folder.names.change(new Map([[name, this.disk.newFolder()]]));
        folder.names.sync();
      }
    });
  }

  async list(path: string): Promise<string[]> {
    return this.faults.run('stat', path, () => {
      const node = this.existing(path, true);
      if (node.kind !== 'folder') throw systemError('ENOTDIR', path);
      return node.names.names();
    });
  }

  async syncFolder(path: string): Promise<void> {
    return this.faults.run('syncFolder', path, () => {
      const node = this.existing(path, true);
      if (node.kind === 'folder') node.names.sync();
    });
  }

  async realpath(path: string): Promise<string> {
    return this.faults.run('stat', path, () => {
      const spot = this.disk.find(path, true);
      if (spot.node === undefined) throw systemError('ENOENT', path);
      return spot.path;
    });
  }

  async freeSpace(path: string): Promise<number | undefined> {
    return this.faults.run('freeSpace', path, () => this.space);
  }

  async createFile(path: string, mode: number): Promise<OpenFile> {
    return this.faults.run('create', path, () => {
      const node = addNode(this.disk, path, () => ({ ...this.disk.newFile(this.user), mode }));
      return this.opened(path, node);
    });
  }

  async createFolder(path: string): Promise<void> {
    return this.faults.run('makeFolder', path, () => {
      addNode(this.disk, path, () => ({ ...this.disk.newFolder(), mode: 0o700 }));
    });
  }

  async setMode(path: string, mode: number): Promise<void> {
    return this.faults.run('makeFolder', path, () => {
      this.existing(path, true).mode = mode;
    });
  }

  async createLink(path: string, target: string): Promise<void> {
    return this.faults.run('link', path, () => {
      addNode(this.disk, path, () => this.disk.newLink(target));
    });
  }

  async readLink(path: string): Promise<string> {
    return this.faults.run('stat', path, () => linkTarget(this.disk, path));
  }

  async removeAll(path: string): Promise<void> {
    return this.faults.run('unlink', path, () => removeNode(this.disk, path));
  }

  async syncAll(path: string): Promise<void> {
    return this.faults.run('sync', path, () => syncNode(this.existing(path, false)));
  }

  /** For tests: a symbolic link, durable at once. */
  addLink(path: string, to: string): void {
    const { folder, name } = this.disk.find(path, false);
    folder.names.change(new Map([[name, this.disk.newLink(to)]]));
    folder.names.sync();
  }

  /** For tests: a file with these bytes, durable at once, as another program would leave it. */
  addFile(path: string, bytes: Uint8Array, owner = this.user): void {
    const node = this.disk.newFile(owner);
    node.content.write(bytes, 0);
    node.content.sync();
    const { folder, name } = this.disk.find(path, false);
    folder.names.change(new Map([[name, node]]));
    folder.names.sync();
  }

  /** For tests: another program writes to a file. */
  tamper(path: string, change: (node: FakeFileNode) => void): void {
    const node = this.existing(path, true) as FakeFileNode;
    change(node);
    node.modified = this.disk.tick();
  }

  /** For tests: all bytes of a file as programs see them; undefined when there is none. */
  bytesOf(path: string): Uint8Array | undefined {
    const { node } = this.disk.find(path, true);
    return node?.kind === 'file' ? node.content.bytes : undefined;
  }

  private existing(path: string, follow: boolean): FakeNode {
    const { node } = this.disk.find(path, follow);
    if (node === undefined) throw systemError('ENOENT', path);
    return node;
  }

  private made(path: string, mode: 'create' | 'overwrite'): FakeNode {
    const spot: Spot = this.disk.find(path, false);
    if (spot.node === undefined) {
      const node = this.disk.newFile(this.user);
      spot.folder.names.change(new Map([[spot.name, node]]));
      return node;
    }
    if (mode === 'create') throw systemError('EEXIST', path);
    if (spot.node.kind === 'file') spot.node.content.truncate(0);
    return spot.node;
  }
}

const detailsOf = (node: FakeNode): FileDetails => ({
  kind: node.kind,
  device: DEVICE,
  inode: node.inode,
  mode: node.mode,
  size: node.kind === 'file' ? node.content.size : 4_096,
  modified: node.modified,
  born: node.born,
  owner: node.kind === 'file' ? node.owner : 1_000,
});

export type { Operation };
