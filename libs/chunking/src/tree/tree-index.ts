import { ShoalError } from '#core';
import { badManifest, type Manifest } from '../manifest.js';
import type { TreeEntry } from './tree-entry.js';
import { decodeEntries } from './decode-entries.js';
import { encodeEntries } from './encode-entries.js';

/** A plain file of a tree and where its bytes begin in the content. */
export interface TreeFile {
  readonly path: string;
  readonly mode: number;
  readonly size: number;
  /** Byte of the content, the index included. */
  readonly start: number;
}

/** A part of a file, or of the index (`file` is undefined), that lies in one piece of the content. */
export interface TreePiece {
  /** Number of the file in `files`. */
  readonly file: number | undefined;
  /** Byte of that file (or of the index). */
  readonly position: number;
  readonly length: number;
}

/**
 * What a tree consists of and where each byte of its content belongs. The content is the encoded index, then the bytes of
 * all plain files in the order of the index.
 */
export class TreeIndex {
  readonly files: readonly TreeFile[];
  /** Bytes of the whole content. */
  readonly size: number;

  private constructor(
    readonly entries: readonly TreeEntry[],
    /** The index as it stands in the content. */
    readonly bytes: Uint8Array,
  ) {
    const files: TreeFile[] = [];
    let start = bytes.length;
    for (const entry of entries) {
      if (entry.kind !== 'file') continue;
      const { path, mode, size } = entry;
      files.push({ path, mode, size, start });
      start += size;
    }
    if (!Number.isSafeInteger(start)) throw badManifest('the files of its tree are too large');
    this.files = files;
    this.size = start;
  }

  /** Sorts them. @throws ShoalError `limit-exceeded`, `bad-path` */
  static of(entries: readonly TreeEntry[]): TreeIndex {
    const { bytes, sorted } = encodeEntries(entries);
    return new TreeIndex(sorted, bytes);
  }

  /** @throws ShoalError `bad-manifest`, `wrong-version`, `limit-exceeded`: whatever encoding would not have made */
  static decode(bytes: Uint8Array): TreeIndex {
    return new TreeIndex(decodeEntries(bytes), bytes);
  }

  /** @throws ShoalError `bad-manifest` when it is not the index of this manifest */
  checkAgainst({ size, tree }: Manifest): void {
    if (tree?.indexBytes === this.bytes.length && tree.files === this.files.length && size === this.size)
      return;
    throw badManifest('the index of its tree does not add up to what it says');
  }

  /** What lies between two bytes of the content, in order; empty files are passed over. */
  *pieces(from: number, to: number): IterableIterator<TreePiece> {
    if (from < 0 || to > this.size)
      throw new ShoalError('internal', `bytes ${from} to ${to} of ${this.size}`);
    const indexEnd = Math.min(to, this.bytes.length);
    if (from < indexEnd) yield { file: undefined, position: from, length: indexEnd - from };
    let at = Math.max(from, this.bytes.length);
    for (let file = this.fileAt(at); at < to; file++) {
      const { start, size } = this.files[file] as TreeFile;
      const length = Math.min(to, start + size) - at;
      if (length <= 0) continue;
      yield { file, position: at - start, length };
      at += length;
    }
  }

  /** The last file that begins at or before this byte; 0 when none does. */
  private fileAt(position: number): number {
    let low = 0;
    let high = this.files.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.files[middle] as TreeFile).start <= position) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
