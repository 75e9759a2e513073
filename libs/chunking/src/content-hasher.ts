import { createHash } from 'node:crypto';
import { DIGEST_BYTES, ShoalError, type DigestAlgorithm } from '#core';
import { preferredDigestAlgorithm, runningDigest, type RunningDigest } from './digest-algorithm.js';
import { Manifest, type TreeShape } from './manifest.js';
import { checkChunkSize, chunkCountOf } from './chunk-size.js';

/** Makes the manifest of a file whose bytes come in order, in slices of any size. Memory: its digests. */
export class ContentHasher {
  private readonly whole = createHash('sha256');
  private readonly digests: Uint8Array;
  private chunk: RunningDigest | undefined;
  private seen = 0;

  /** @throws ShoalError `bad-size` when the chunk size does not do for the file size */
  constructor(
    private readonly size: number,
    private readonly chunkSize: number,
    private readonly algorithm: DigestAlgorithm = preferredDigestAlgorithm(),
    private readonly tree?: TreeShape,
  ) {
    checkChunkSize(size, chunkSize);
    this.digests = new Uint8Array(chunkCountOf(size, chunkSize) * DIGEST_BYTES);
  }

  /** @throws ShoalError `file-changed` when more bytes come than the file has */
  update(slice: Uint8Array): void {
    if (this.seen + slice.length > this.size) throw this.changed();
    this.whole.update(slice);
    for (let start = 0; start < slice.length;) {
      const end = Math.min(slice.length, start + this.untilChunkEnds());
      (this.chunk ??= runningDigest(this.algorithm)).update(slice.subarray(start, end));
      this.seen += end - start;
      start = end;
      if (this.seen % this.chunkSize === 0 || this.seen === this.size) this.endChunk();
    }
  }

  /** @throws ShoalError `file-changed` when fewer bytes came than the file has */
  finish(): Manifest {
    if (this.seen !== this.size) throw this.changed();
    return new Manifest({
      size: this.size,
      sha256: this.whole.digest('hex'),
      chunkSize: this.chunkSize,
      digestAlgorithm: this.algorithm,
      digests: this.digests,
      tree: this.tree,
    });
  }

  private untilChunkEnds(): number {
    return this.chunkSize - (this.seen % this.chunkSize);
  }

  private endChunk(): void {
    const index = Math.ceil(this.seen / this.chunkSize) - 1;
    this.digests.set((this.chunk as RunningDigest).digest(), index * DIGEST_BYTES);
    this.chunk = undefined;
  }

  private changed(): ShoalError {
    return new ShoalError('file-changed', `the file did not have the ${this.size} bytes it started with`);
  }
}
