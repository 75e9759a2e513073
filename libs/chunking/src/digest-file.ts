import { KIB, ShoalError, type DigestAlgorithm } from '#core';
import { automaticChunkSize } from './chunk-size.js';
import { ContentHasher } from './content-hasher.js';
import { fileError } from './file-error.js';
import { nodeFileReader } from './node-file-reader.js';
import { sameFile, type FileIdentity, type FileReader, type ReadableFile } from './file-reader.js';
import type { Manifest } from './manifest.js';

/** Bytes read and digested at a time: the event loop is held for about 0.7 ms. */
const SLICE_BYTES = 512 * KIB;

export interface DigestOptions {
  /** Bytes; chosen by file size when left out. */
  readonly chunkSize?: number;
  /** Of the chunks; the fastest that runs here when left out. */
  readonly algorithm?: DigestAlgorithm;
  /** Called after every slice with the bytes digested so far and the size of the file. */
  readonly onProgress?: (bytes: number, size: number) => void;
  /** Called with every slice, in order; the next one comes when it has settled. The slice is valid until then. */
  readonly onSlice?: (slice: Uint8Array) => Promise<void>;
  /** Ends the digest with `cancelled`. */
  readonly signal?: AbortSignal;
  readonly fs?: FileReader;
}

export interface DigestedFile {
  readonly manifest: Manifest;
  /** What the file looked like: serve it only while it looks the same. */
  readonly identity: FileIdentity;
}

/**
 * Reads a file once and makes its manifest. Memory is two slices and the digests, whatever the file's size.
 * One thread does both digests (the whole's and the chunks'), the next slice is read meanwhile: measured 2.1 s of CPU a
 * GiB. A worker for one of them cost 2.3 s and was no faster on two busy cores.
 * @throws ShoalError `not-found`, `not-allowed`, `bad-path` (a folder, a pipe), `bad-size` (chunk size), `disk-failed`,
 * `file-changed` (written to, cut or replaced meanwhile), `cancelled`
 */
export const digestFile = async (path: string, options: DigestOptions = {}): Promise<Manifest> =>
  (await digestWithIdentity(path, options)).manifest;

/** As digestFile; also returns by what the file is known again. */
export const digestWithIdentity = async (
  path: string,
  options: DigestOptions = {},
): Promise<DigestedFile> => {
  const fs = options.fs ?? nodeFileReader;
  const file = await fs.open(path, 'read').catch((error: unknown) => {
    throw fileError(error, `cannot read ${path}`);
  });
  try {
    const identity = await plainFile(file, path);
    const manifest = await digestOpen(file, identity.size, options);
    await checkUnchanged(fs, file, path, identity);
    return { manifest, identity };
  } catch (error) {
    throw fileError(error, `cannot read ${path}`);
  } finally {
    await file.close();
  }
};

const plainFile = async (file: ReadableFile, path: string): Promise<FileIdentity> => {
  const { kind, device, inode, size, modified } = await file.stat();
  if (kind !== 'file') {
    throw new ShoalError('bad-path', `${path} is ${kind === 'folder' ? 'a folder' : 'not a plain file'}`, {
      hint: 'Name a plain file.',
    });
  }
  return { device, inode, size, modified };
};

const digestOpen = async (file: ReadableFile, size: number, options: DigestOptions): Promise<Manifest> => {
  const hasher = new ContentHasher(size, options.chunkSize ?? automaticChunkSize(size), options.algorithm);
  let done = 0;
  for await (const slice of slicesOf(file, size)) {
    if (options.signal?.aborted === true) throw new ShoalError('cancelled', 'the digest was cancelled');
    hasher.update(slice);
    await options.onSlice?.(slice);
    done += slice.length;
    options.onProgress?.(done, size);
  }
  return hasher.finish();
};

/** Slices of a file in order; the next one is read while the caller works on this one, which is valid until then. */
async function* slicesOf(file: ReadableFile, size: number): AsyncGenerator<Uint8Array> {
  const buffers = [Buffer.allocUnsafe(SLICE_BYTES), Buffer.allocUnsafe(SLICE_BYTES)] as const;
  const readAt = async (position: number): Promise<Uint8Array> => {
    const buffer = buffers[(position / SLICE_BYTES) % 2 === 0 ? 0 : 1];
    const slice = buffer.subarray(0, Math.min(SLICE_BYTES, size - position));
    return slice.subarray(0, await file.read(slice, position));
  };
  let reading: Promise<Uint8Array> | undefined;
  try {
    for (let position = 0; position < size; position += SLICE_BYTES) {
      const slice = await (reading ?? readAt(position));
      const next = position + SLICE_BYTES;
      reading = next < size ? readAt(next) : undefined;
      reading?.catch(() => undefined);
      yield slice;
    }
  } finally {
    await reading?.catch(() => undefined);
  }
}

const checkUnchanged = async (
  fs: FileReader,
  file: ReadableFile,
  path: string,
  before: FileIdentity,
): Promise<void> => {
  const named = await fs.stat(path).catch(() => undefined);
  if (named !== undefined && sameFile(before, named) && sameFile(before, await file.stat())) return;
  throw new ShoalError('file-changed', `${path} was changed while it was read`, {
    hint: 'Wait until nothing writes to it, then try again.',
    retry: 'transient',
  });
};
