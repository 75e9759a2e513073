import { join } from 'node:path';
import { KIB, ShoalError } from '#core';
import {
  automaticChunkSize,
  ContentHasher,
  fileError,
  sameFile,
  type DigestOptions,
  type FileIdentity,
  type Manifest,
  type TreeFile,
} from '#chunking';
import type { FileSystem, OpenFile } from '../file-system.js';
import { nodeFileSystem } from '../node-file-system.js';
import type { TreeOnDisk } from './tree-on-disk.js';
import { walkTree } from './walk-tree.js';

/** Bytes read and digested at a time. */
const SLICE_BYTES = 512 * KIB;
/** Small files that are read while an earlier one is digested: with the slice this bounds the memory. */
const AHEAD = 8;

export interface DigestedTree extends TreeOnDisk {
  readonly manifest: Manifest;
}

export interface DigestTreeOptions extends Omit<DigestOptions, 'fs'> {
  readonly fs?: FileSystem;
}

/**
 * Looks at a folder, then reads each of its files once and makes the manifest of the tree. In bounded memory.
 * @throws ShoalError as walkTree; `file-changed`, `disk-failed`, `bad-size` (chunk size), `cancelled`
 */
export const digestTree = async (root: string, options: DigestTreeOptions = {}): Promise<DigestedTree> => {
  const fs = options.fs ?? nodeFileSystem;
  const tree = await walkTree(fs, root);
  const { size, bytes, files } = tree.index;
  const shape = { indexBytes: bytes.length, files: files.length };
  const hasher = new ContentHasher(
    size,
    options.chunkSize ?? automaticChunkSize(size),
    options.algorithm,
    shape,
  );
  hasher.update(bytes);
  let done = bytes.length;
  for await (const slice of new TreeReader(fs, root, tree).slices()) {
    if (options.signal?.aborted === true) throw new ShoalError('cancelled', 'the digest was cancelled');
    hasher.update(slice);
    done += slice.length;
    options.onProgress?.(done, size);
  }
  return { manifest: hasher.finish(), ...tree };
};

/** The bytes of all files of a tree in order. Each file is compared with what it was when it was found. */
class TreeReader {
  private readonly ahead: Promise<Uint8Array | undefined>[] = [];
  private started = 0;

  constructor(
    private readonly fs: FileSystem,
    private readonly root: string,
    private readonly tree: TreeOnDisk,
  ) {}

  async *slices(): AsyncGenerator<Uint8Array> {
    for (const [number, file] of this.tree.index.files.entries()) {
      this.readAhead(number);
      const whole = await this.ahead.shift();
      if (whole !== undefined) yield whole;
      else yield* this.largeFile(number, file);
    }
  }

  private readAhead(from: number): void {
    const { files } = this.tree.index;
    for (; this.started < files.length && this.started < from + AHEAD; this.started++) {
      const reading = this.smallFile(this.started, files[this.started] as TreeFile);
      reading.catch(() => undefined); // told to who takes it, if anybody does
      this.ahead.push(reading);
    }
  }

  /** Undefined for one that is too large to be read at once. */
  private async smallFile(number: number, file: TreeFile): Promise<Uint8Array | undefined> {
    if (file.size > SLICE_BYTES) return undefined;
    const bytes = Buffer.allocUnsafe(file.size);
    await this.reading(number, file, async (open) => {
      if ((await open.read(bytes, 0)) < file.size) throw this.changed(file.path);
    });
    return bytes;
  }

  private async *largeFile(number: number, { path, size }: TreeFile): AsyncGenerator<Uint8Array> {
    const full = join(this.root, path);
    const open = await this.fs.open(full, 'read').catch((error: unknown) => {
      throw fileError(error, `cannot read ${full}`);
    });
    try {
      const buffer = Buffer.allocUnsafe(SLICE_BYTES);
      for (let position = 0; position < size;) {
        const slice = buffer.subarray(0, Math.min(SLICE_BYTES, size - position));
        if ((await open.read(slice, position)) < slice.length) throw this.changed(path);
        yield slice;
        position += slice.length;
      }
      await this.checkUnchanged(number, path);
    } finally {
      await open.close();
    }
  }

  private async reading(
    number: number,
    { path }: TreeFile,
    task: (open: OpenFile) => Promise<void>,
  ): Promise<void> {
    const full = join(this.root, path);
    try {
      const open = await this.fs.open(full, 'read');
      try {
        await task(open);
        await this.checkUnchanged(number, path);
      } finally {
        await open.close();
      }
    } catch (error) {
      throw fileError(error, `cannot read ${full}`);
    }
  }

  private async checkUnchanged(number: number, path: string): Promise<void> {
    const now = await this.fs.lstat(join(this.root, path));
    if (!sameFile(this.tree.identities[number] as FileIdentity, now)) throw this.changed(path);
  }

  private changed(path: string): ShoalError {
    return new ShoalError('file-changed', `${join(this.root, path)} was changed while it was read`, {
      hint: 'Wait until nothing writes to the folder, then try again.',
      retry: 'transient',
    });
  }
}
