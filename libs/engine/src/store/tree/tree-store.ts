import { basename, join } from 'node:path';
import { sameFile, systemCode, type FileIdentity, type TreeFile, type TreePiece } from '#chunking';
import { CompletePlace, type CompleteContent } from '../complete-place.js';
import { difference } from '../complete-store.js';
import { eachOf } from '../each-of.js';
import type { PlaceRecord } from '../record.js';
import type { StoreHost } from '../store-host.js';
import type { TreeOnDisk } from './tree-on-disk.js';
import { treeFilePathOf } from './tree-paths.js';

/** Files read, or looked at, side by side for one read. */
const AT_ONCE = 8;

export interface CompleteTree extends CompleteContent {
  readonly tree: TreeOnDisk;
}

/**
 * A whole tree that is served from its folder: the index from memory, every other byte from the file that it belongs to,
 * which is compared with what was digested after each read. What was added to the folder since is no part of the tree.
 */
export class TreeStore extends CompletePlace {
  readonly sideFiles: readonly string[];
  private readonly tree: TreeOnDisk;

  constructor(host: StoreHost, content: CompleteTree) {
    super(host, content);
    this.tree = content.tree;
    this.sideFiles = [basename(treeFilePathOf(host.folder, content.manifest.fileId, content.path))];
  }

  async close(): Promise<void> {
    for (const { path } of this.tree.index.files) await this.host.openFiles.drop(join(this.path, path));
  }

  toRecord(): PlaceRecord {
    const { path, name, isFetched } = this;
    return { kind: 'tree', path, name, isFetched };
  }

  protected async read(into: Uint8Array, position: number): Promise<void> {
    const { index } = this.tree;
    const pieces: { readonly piece: TreePiece; readonly into: Uint8Array }[] = [];
    let at = 0;
    for (const piece of index.pieces(position, position + into.length)) {
      pieces.push({ piece, into: into.subarray(at, at + piece.length) });
      at += piece.length;
    }
    await eachOf(pieces, AT_ONCE, ({ piece, into: part }) => this.readPiece(piece, part));
  }

  protected async checkUnchanged(): Promise<void> {
    await eachOf(this.tree.index.files.keys(), AT_ONCE, (number) => this.checkFile(number));
  }

  private async readPiece({ file: number, position }: TreePiece, into: Uint8Array): Promise<void> {
    if (number === undefined) {
      into.set(this.tree.index.bytes.subarray(position, position + into.length));
      return;
    }
    const { path } = this.fileAt(number);
    const read = await this.host.openFiles
      .use(join(this.path, path), (file) => file.read(into, position))
      .catch((error: unknown) => {
        throw this.vanished(path, error);
      });
    await this.checkFile(number);
    if (read < into.length) throw this.changed(`${path} is shorter than it was`);
  }

  private async checkFile(number: number): Promise<void> {
    const { path } = this.fileAt(number);
    const now = await this.host.fs.lstat(join(this.path, path)).catch((error: unknown) => {
      throw this.vanished(path, error);
    });
    const before = this.tree.identities[number] as FileIdentity;
    if (!sameFile(before, now)) throw this.changed(`${path}: ${difference(before, now)}`);
  }

  private fileAt(number: number): TreeFile {
    return this.tree.index.files[number] as TreeFile;
  }

  private vanished(path: string, error: unknown): unknown {
    const gone = ['ENOENT', 'ENOTDIR'].includes(systemCode(error) ?? '');
    return gone ? this.changed(`${path} was moved or deleted`) : error;
  }
}
