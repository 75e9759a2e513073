import { Bitfield, rangesOf, type ChunkIndex, type ChunkRange } from '#core';

/** Names the fsync failures seen before a write began. */
export type WriteToken = number;

/**
 * Which chunks of a part file are written, and which of those are durable. Facts in, decisions out, no I/O.
 *
 * A failed fsync may have thrown away any page that was not on the disk yet, and the next fsync would succeed without
 * them (the kernel marks them clean: "fsyncgate", PostgreSQL 2018). So after a failure every chunk that is not known to be
 * durable is given up, also one whose write was under way.
 */
export class DurabilityLedger {
  /** Verified and written. */
  readonly chunks: Bitfield;
  /** The part of `chunks` that an fsync has covered; only these may stand in a bitmap file. */
  readonly durable: Bitfield;
  private failures = 0;

  constructor(chunkCount: number) {
    this.chunks = new Bitfield(chunkCount);
    this.durable = new Bitfield(chunkCount);
  }

  /** What a bitmap file vouches for. */
  restored(chunk: ChunkIndex): void {
    this.chunks.set(chunk);
    this.durable.set(chunk);
  }

  beginWrite(): WriteToken {
    return this.failures;
  }

  /** False when an fsync failed meanwhile: the chunk must not be trusted. */
  endWrite(chunk: ChunkIndex, token: WriteToken): boolean {
    if (token !== this.failures) return false;
    this.chunks.set(chunk);
    return true;
  }

  /** Chunks that the fsync which starts now will cover. */
  beginSync(): readonly ChunkIndex[] {
    return [...this.chunks].filter((chunk) => !this.durable.has(chunk));
  }

  endSync(covered: readonly ChunkIndex[]): void {
    for (const chunk of covered) if (this.chunks.has(chunk)) this.durable.set(chunk);
  }

  /** Gives up all that is not durable and says what that was. */
  failSync(): ChunkRange[] {
    this.failures++;
    const lost = this.beginSync();
    for (const chunk of lost) this.chunks.clear(chunk);
    return rangesOf(lost);
  }

  /** A chunk that could not be read back. */
  lose(chunk: ChunkIndex): void {
    this.chunks.clear(chunk);
    this.durable.clear(chunk);
  }
}
