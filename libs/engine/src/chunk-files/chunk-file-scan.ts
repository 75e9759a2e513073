import { join } from 'node:path';
import { Bitfield, KIB, ShoalError, type ChunkIndex } from '#core';
import { chunkNamer, fileError, runningDigest, sameFile, type FileIdentity, type Manifest } from '#chunking';
import type { FileDetails, FileSystem } from '../store/file-system.js';
import { TEMPORARY_START } from './temporary-name.js';

/** Bytes read and digested at a time: the event loop is held for less than a millisecond. */
const SLICE_BYTES = 512 * KIB;

/** A file whose bytes are those of one chunk, or of several that are alike. */
export interface FoundChunkFile {
  /** In the folder. */
  readonly name: string;
  readonly identity: FileIdentity;
  readonly chunks: readonly ChunkIndex[];
  /** Valid until the next one is asked for. */
  readonly bytes: Uint8Array;
}

/** A file that has the name of a chunk and is not that chunk. */
export interface WrongChunkFile {
  readonly name: string;
  readonly why: string;
}

export interface ChunkFileSource {
  readonly folder: string;
  readonly manifest: Manifest;
  /** Files with the names of its chunks are looked at first. */
  readonly name: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Bytes of chunks found so far. */
  readonly onProgress?: ((bytes: number) => void) | undefined;
}

/**
 * Finds the chunks of a file in a folder of chunk files: by digest, whatever the files are called. Each file is read at most
 * once, those that have the length of no chunk never, and no more once every chunk was found. Memory is one chunk and the
 * names of the folder. Symbolic links are not followed, folders not entered.
 */
export class ChunkFileScan {
  /** Chunks that no file has been found for. */
  readonly missing: Bitfield;
  private readonly wrong = new Map<ChunkIndex, WrongChunkFile>();
  private readonly byDigest = new Map<string, ChunkIndex[]>();
  private readonly lengths: ReadonlySet<number>;
  private buffer: Uint8Array | undefined;

  constructor(
    private readonly fs: FileSystem,
    private readonly source: ChunkFileSource,
  ) {
    const { manifest } = source;
    const { chunkCount } = manifest;
    this.missing = Bitfield.full(chunkCount);
    this.lengths = new Set(chunkCount === 0 ? [] : [manifest.lengthOf(0), manifest.lengthOf(chunkCount - 1)]);
    for (let chunk = 0; chunk < chunkCount; chunk++) {
      const digest = hexOf(manifest.digestOf(chunk));
      const alike = this.byDigest.get(digest);
      if (alike === undefined) this.byDigest.set(digest, [chunk]);
      else alike.push(chunk);
    }
  }

  /** Of chunks that are missing: the file that has the name of that chunk, and what is wrong with it. */
  get wrongFiles(): ReadonlyMap<ChunkIndex, WrongChunkFile> {
    return new Map([...this.wrong].filter(([chunk]) => this.missing.has(chunk)));
  }

  /** @throws ShoalError `cancelled`, of the folder */
  async *found(): AsyncGenerator<FoundChunkFile> {
    let bytes = 0;
    for (const [name, chunk] of await this.candidates()) {
      if (this.missing.isEmpty) return;
      if (this.source.signal?.aborted === true) throw new ShoalError('cancelled', 'interrupted');
      const result = await this.look(name, chunk);
      if (typeof result === 'string') {
        if (chunk !== undefined) this.wrong.set(chunk, { name, why: result });
        continue;
      }
      for (const one of result.chunks) this.missing.clear(one);
      yield result;
      bytes += result.bytes.length * result.chunks.length;
      this.source.onProgress?.(bytes);
    }
  }

  /** Names, those of chunks first and in their order. */
  private async candidates(): Promise<[name: string, chunk: ChunkIndex | undefined][]> {
    const { folder, name, manifest } = this.source;
    const there = await this.fs.list(folder).catch((error: unknown) => {
      throw fileError(error, `cannot read the folder ${folder}`);
    });
    const others = new Set(there.filter((one) => !one.startsWith(TEMPORARY_START)));
    const expected: [string, ChunkIndex][] = [];
    const nameOf = name === undefined ? undefined : chunkNamer(name);
    for (let chunk = 0; nameOf !== undefined && chunk < manifest.chunkCount; chunk++) {
      if (others.delete(nameOf(chunk))) expected.push([nameOf(chunk), chunk]);
    }
    return [...expected, ...[...others].sort().map((one): [string, undefined] => [one, undefined])];
  }

  /** Why it is no chunk that is missing, if it is none. */
  private async look(name: string, expected: ChunkIndex | undefined): Promise<FoundChunkFile | string> {
    const path = join(this.source.folder, name);
    try {
      const details = await this.fs.lstat(path);
      if (details.kind !== 'file')
        return details.kind === 'link' ? 'is a symbolic link' : 'is not a plain file';
      if (!this.lengths.has(details.size)) return this.wrongLength(details.size, expected);
      const digest = await this.read(path, details);
      const chunks = (this.byDigest.get(digest) ?? []).filter((chunk) => this.missing.has(chunk));
      const bytes = this.filled(details.size);
      const { device, inode, size, modified } = details;
      if (chunks.length > 0) return { name, identity: { device, inode, size, modified }, chunks, bytes };
      return this.byDigest.has(digest) ? 'is another chunk of this file' : 'has other bytes';
    } catch (error) {
      const { code, message } = fileError(error, 'cannot be read');
      if (code === 'limit-exceeded' || code === 'cancelled') throw error;
      return message;
    }
  }

  private wrongLength(size: number, expected: ChunkIndex | undefined): string {
    const wanted = expected === undefined ? '' : ` instead of ${this.source.manifest.lengthOf(expected)}`;
    return `has ${size} bytes${wanted}`;
  }

  /** Digest of a whole file, hex; its bytes are in the buffer. */
  private async read(path: string, details: FileDetails): Promise<string> {
    const file = await this.fs.open(path, 'read');
    try {
      const bytes = this.filled(details.size);
      const hash = runningDigest(this.source.manifest.digestAlgorithm);
      for (let at = 0; at < bytes.length; at += SLICE_BYTES) {
        const slice = bytes.subarray(at, at + SLICE_BYTES);
        hash.update(slice.subarray(0, await file.read(slice, at)));
      }
      if (!sameFile(details, await file.stat())) throw new ShoalError('file-changed', 'is being written to');
      return hexOf(hash.digest());
    } finally {
      await file.close();
    }
  }

  private filled(length: number): Uint8Array {
    this.buffer ??= Buffer.allocUnsafe(this.source.manifest.lengthOf(0));
    return this.buffer.subarray(0, length);
  }
}

const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
