import { createHash } from 'node:crypto';
import { Bitfield, KIB, type ChunkIndex } from '#core';
import type { Manifest, ReadableFile } from '#chunking';

const SLICE_BYTES = 512 * KIB;

/**
 * SHA-256 of a file whose chunks are written in any order. Those that come in order are digested as they come; the others
 * are read back from the file that is being made, once, when their turn has come.
 */
export class JoinedDigest {
  private readonly hash = createHash('sha256');
  private readonly waiting: Bitfield;
  private next: ChunkIndex = 0;

  constructor(
    private readonly manifest: Manifest,
    private readonly file: ReadableFile,
  ) {
    this.waiting = new Bitfield(manifest.chunkCount);
  }

  /** A chunk that was just written. */
  async take(chunk: ChunkIndex, bytes: Uint8Array): Promise<void> {
    if (chunk !== this.next) {
      this.waiting.set(chunk);
      return;
    }
    this.hash.update(bytes);
    this.next++;
    while (this.next < this.manifest.chunkCount && this.waiting.has(this.next))
      await this.readBack(this.next++);
  }

  /** Hex; all chunks have been taken. */
  finish(): string {
    return this.hash.digest('hex');
  }

  private async readBack(chunk: ChunkIndex): Promise<void> {
    const start = this.manifest.offsetOf(chunk);
    const end = start + this.manifest.lengthOf(chunk);
    const slice = Buffer.allocUnsafe(Math.min(SLICE_BYTES, end - start));
    for (let at = start; at < end; at += slice.length) {
      const part = slice.subarray(0, Math.min(slice.length, end - at));
      this.hash.update(part.subarray(0, await this.file.read(part, at)));
    }
  }
}
