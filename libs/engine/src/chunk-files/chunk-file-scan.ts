import { join } from 'node:path';
import { Bitfield, ShoalError, type ChunkIndex } from '#core';
import { chunkNamer, fileError, type FileIdentity, type Manifest } from '#chunking';
import type { FileSystem } from '../store/file-system.js';
import type { WrongChunkFile } from '../store/store.js';
import { readChunkFile } from './read-chunk-file.js';
import { TEMPORARY_START } from './temporary-name.js';

/** A file whose bytes are those of one chunk, or of several that are alike. */
export interface FoundChunkFile {
  /** In the folder. */
  readonly name: string;
  readonly identity: FileIdentity;
  readonly chunks: readonly ChunkIndex[];
  /** Valid until the next one is asked for. */
  readonly bytes: Uint8Array;
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
      const bytes = this.filled(details.size);
      const { digestAlgorithm } = this.source.manifest;
      const digest = hexOf(await readChunkFile(this.fs, path, details, bytes, digestAlgorithm));
      const chunks = (this.byDigest.get(digest) ?? []).filter((chunk) => this.missing.has(chunk));
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

  private filled(length: number): Uint8Array {
    this.buffer ??= Buffer.allocUnsafe(this.source.manifest.lengthOf(0));
    return this.buffer.subarray(0, length);
  }
}

const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
