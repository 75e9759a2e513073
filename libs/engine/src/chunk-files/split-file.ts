import { basename, join } from 'node:path';
import { ShoalError } from '#core';
import {
  automaticChunkSize,
  checkChunkSize,
  checkFileName,
  chunkCountOf,
  chunkNamer,
  digestWithIdentity,
  fileError,
  formatManifestDocument,
  manifestFileName,
  type FileStat,
  type Manifest,
} from '#chunking';
import type { FileSystem } from '../store/file-system.js';
import { nodeFileSystem } from '../store/node-file-system.js';
import { NewFiles } from './new-files.js';

export interface SplitOrder {
  /** Absolute path of the file to cut. */
  readonly path: string;
  /** Absolute path of a folder that exists. */
  readonly folder: string;
  /** Chunk files are called after it; the file's own name when left out. */
  readonly name?: string | undefined;
  /** Bytes; chosen by file size when left out. */
  readonly chunkSize?: number | undefined;
  /** Replace files that are there. */
  readonly force: boolean;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((bytes: number, size: number) => void) | undefined;
}

export interface SplitResult {
  readonly manifest: Manifest;
  readonly name: string;
  /** Path of the manifest file. */
  readonly manifestFile: string;
}

/**
 * Cuts a file into chunk files and writes their manifest file, all or nothing (with `force`, what was replaced stays
 * replaced). The file is read once; memory is two slices and the digests. The chunk files are not synced: what they
 * were cut from is still there.
 * @throws ShoalError as digestFile; `bad-name`, `target-exists` (names the files), `disk-full`, `not-allowed`
 */
export const splitFile = async (order: SplitOrder, fs: FileSystem = nodeFileSystem): Promise<SplitResult> => {
  const { path, folder, force } = order;
  const name = checkFileName(order.name ?? basename(path));
  const source = await sourceAt(fs, path);
  const chunkSize = order.chunkSize ?? automaticChunkSize(source.size);
  checkChunkSize(source.size, chunkSize);
  const names = namesOf(name, chunkCountOf(source.size, chunkSize));
  const made = new NewFiles(fs, folder, force);
  try {
    await made.refuse(names, source);
    const manifest = await cut(order, chunkSize, fs, made);
    await made.add(Buffer.from(formatManifestDocument(manifest, name)));
    await made.deliver(names);
    return { manifest, name, manifestFile: join(folder, manifestFileName(name)) };
  } catch (error) {
    await made.undo();
    throw fileError(error, `cannot write to ${folder}`);
  }
};

/** Those of the chunks in their order, then that of the manifest file. */
const namesOf = (name: string, chunkCount: number): string[] => {
  const nameOf = chunkNamer(name);
  return [...Array.from({ length: chunkCount }, (_, chunk) => nameOf(chunk)), manifestFileName(name)];
};

const sourceAt = async (fs: FileSystem, path: string): Promise<FileStat> => {
  const source = await fs.stat(path).catch((error: unknown) => {
    throw fileError(error, `cannot read ${path}`);
  });
  if (source.kind === 'file') return source;
  throw new ShoalError('bad-path', `${path} is not a plain file`, { hint: 'Name a plain file.' });
};

const cut = async (
  { path, signal, onProgress }: SplitOrder,
  chunkSize: number,
  fs: FileSystem,
  made: NewFiles,
): Promise<Manifest> => {
  let position = 0;
  const onSlice = async (slice: Uint8Array): Promise<void> => {
    for (let start = 0; start < slice.length;) {
      const inChunk = position % chunkSize;
      if (inChunk === 0) await made.begin();
      const part = slice.subarray(start, start + chunkSize - inChunk);
      await made.write(part, inChunk);
      start += part.length;
      position += part.length;
    }
  };
  const { manifest } = await digestWithIdentity(path, {
    ...{ fs, chunkSize, onSlice },
    ...(signal === undefined ? {} : { signal }),
    ...(onProgress === undefined ? {} : { onProgress }),
  });
  await made.end();
  return manifest;
};
