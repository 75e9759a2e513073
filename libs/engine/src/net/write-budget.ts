import { ENGINE_LIMITS } from '../engine-limits.js';

/** Connections that can be told to stop reading. */
export interface Readers {
  hold(): void;
  release(): void;
}

/** Bytes that wait for the disk, over all downloads. Too many stop all reading until half of them are written. */
export class WriteBudget {
  private readonly readers = new Set<Readers>();
  private waiting = 0;
  private full = false;

  constructor(private readonly cap: number = ENGINE_LIMITS.unwrittenBytes) {}

  get isFull(): boolean {
    return this.full;
  }

  join(readers: Readers): void {
    this.readers.add(readers);
    if (this.full) readers.hold();
  }

  leave(readers: Readers): void {
    this.readers.delete(readers);
  }

  add(bytes: number): void {
    this.waiting += bytes;
    if (this.full || this.waiting <= this.cap) return;
    this.full = true;
    for (const readers of this.readers) readers.hold();
  }

  written(bytes: number): void {
    this.waiting -= bytes;
    if (!this.full || this.waiting > this.cap / 2) return;
    this.full = false;
    for (const readers of this.readers) readers.release();
  }
}
