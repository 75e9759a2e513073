import { asShoalError, type PeerId, type ShoalError } from '#core';
import type { ChunkStore } from '../store/store.js';
import type { BufferPool } from './buffer-pool.js';
import type { WriteBudget } from './write-budget.js';

export interface ChunkWriterEvents {
  /** Verified and written. */
  held(chunk: number, from: PeerId, bytes: number): void;
  /** The digest is another one; nothing was written. */
  wrong(chunk: number, from: PeerId): void;
  failed(error: ShoalError): void;
}

/** Takes whole chunks: checks the digest, then writes once. Wrong bytes reach neither the disk nor anybody else. */
export class ChunkWriter {
  constructor(
    private readonly store: ChunkStore,
    private readonly pool: BufferPool,
    private readonly budget: WriteBudget,
    private readonly events: ChunkWriterEvents,
  ) {}

  /** `buffer` is the pool's and goes back to it. */
  take(chunk: number, from: PeerId, buffer: Buffer): void {
    const { manifest } = this.store;
    const bytes = buffer.subarray(0, manifest.lengthOf(chunk));
    if (!manifest.verify(chunk, bytes)) {
      this.pool.give(buffer);
      this.events.wrong(chunk, from);
      return;
    }
    this.budget.add(bytes.length);
    void this.write(chunk, from, buffer, bytes);
  }

  private async write(chunk: number, from: PeerId, buffer: Buffer, bytes: Buffer): Promise<void> {
    try {
      await this.store.write(chunk, bytes);
      this.events.held(chunk, from, bytes.length);
    } catch (error) {
      this.events.failed(asShoalError(error));
    } finally {
      this.budget.written(bytes.length);
      this.pool.give(buffer);
    }
  }
}
