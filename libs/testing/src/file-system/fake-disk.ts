import type { Random } from '#core';
import { FakeContent, type Fate } from './fake-content.js';
import { FakeNames } from './fake-folder.js';
import { systemError } from './system-error.js';

interface Inode {
  readonly inode: bigint;
  readonly born: bigint;
  modified: bigint;
  /** Permission bits. */
  mode: number;
}
export interface FakeFileNode extends Inode {
  readonly kind: 'file';
  readonly content: FakeContent;
  owner: number;
}
export interface FakeFolderNode extends Inode {
  readonly kind: 'folder';
  readonly names: FakeNames<FakeNode>;
}
export interface FakeLinkNode extends Inode {
  readonly kind: 'link';
  readonly to: string;
}
export type FakeNode = FakeFileNode | FakeFolderNode | FakeLinkNode;

const LINKS_FOLLOWED_MAX = 20;
const NAME_BYTES_MAX = 255;

/** Where a path leads: the folder that has (or would have) its last name. */
export interface Spot {
  readonly folder: FakeFolderNode;
  readonly name: string;
  readonly path: string;
  readonly node: FakeNode | undefined;
}

/** A tree of folders, files and symbolic links that can lose its power. Numbers of deleted inodes are used again. */
export class FakeDisk {
  private time = 1_000_000n;
  readonly root: FakeFolderNode = this.newFolder(2n);

  newFile(owner: number): FakeFileNode {
    return { kind: 'file', content: new FakeContent(), owner, ...this.newInode() };
  }

  newFolder(inode?: bigint): FakeFolderNode {
    return { kind: 'folder', names: new FakeNames(), ...this.newInode(inode) };
  }

  newLink(to: string): FakeLinkNode {
    return { kind: 'link', to, ...this.newInode() };
  }

  tick(): bigint {
    this.time += 1_000n;
    return this.time;
  }

  /** @throws ENOENT, ENOTDIR, ELOOP, ENAMETOOLONG, ERR_INVALID_ARG_VALUE */
  find(path: string, follow: boolean, depth = 0): Spot {
    if (path.includes('\0')) throw systemError('ERR_INVALID_ARG_VALUE', path);
    if (depth > LINKS_FOLLOWED_MAX) throw systemError('ELOOP', path);
    const parts = path.split('/').filter((part) => part !== '' && part !== '.');
    let at: Spot = { folder: this.root, name: '', path: '/', node: this.root };
    for (const [index, part] of parts.entries()) {
      at = this.step(at, part, follow || index < parts.length - 1, depth);
    }
    return at;
  }

  losePower(fate: Fate, random: Random): void {
    this.eachFolder(this.root, (folder) => folder.names.losePower(fate, random));
    this.eachFolder(this.root, (folder) => {
      for (const content of new Set(folder.names.nodes().map(contentOf))) content?.losePower(fate, random);
    });
  }

  private step(from: Spot, part: string, follow: boolean, depth: number): Spot {
    const folder = from.node;
    if (folder === undefined) throw systemError('ENOENT', from.path);
    if (folder.kind !== 'folder') throw systemError('ENOTDIR', from.path);
    if (part === '..') return this.find(from.path.slice(0, from.path.lastIndexOf('/')), true, depth);
    if (Buffer.byteLength(part) > NAME_BYTES_MAX) throw systemError('ENAMETOOLONG', part);
    const path = `${from.path === '/' ? '' : from.path}/${part}`;
    const node = folder.names.get(part);
    if (node?.kind !== 'link' || !follow) return { folder, name: part, path, node };
    return this.find(node.to.startsWith('/') ? node.to : `${from.path}/${node.to}`, true, depth + 1);
  }

  private newInode(inode = this.lowestFreeInode()): Inode {
    const now = this.tick();
    return { inode, born: now, modified: now, mode: 0o644 };
  }

  private lowestFreeInode(): bigint {
    const used = new Set<bigint>();
    this.eachFolder(this.root, (folder) => folder.names.nodes().forEach((node) => used.add(node.inode)));
    let inode = 3n;
    while (used.has(inode)) inode++;
    return inode;
  }

  private eachFolder(folder: FakeFolderNode, visit: (folder: FakeFolderNode) => void): void {
    visit(folder);
    for (const node of folder.names.nodes()) if (node.kind === 'folder') this.eachFolder(node, visit);
  }
}

const contentOf = (node: FakeNode): FakeContent | undefined =>
  node.kind === 'file' ? node.content : undefined;
