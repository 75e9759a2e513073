import { ShoalError } from '#core';
import type { Manifest } from '#chunking';
import type { Arrival } from '#swarm';
import type { Data } from '#wire';
import type { BufferPool } from './buffer-pool.js';

/** What becomes of chunks that come over one connection. */
export interface IntakePort {
  began(chunk: number): Arrival;
  bytes(count: number): void;
  /** All of a chunk came; without a buffer it was thrown away. Who gets a buffer gives it back to the pool. */
  whole(chunk: number, buffer: Buffer | undefined): void;
}

interface Arriving {
  readonly chunk: number;
  readonly length: number;
  /** Undefined: read and thrown away. */
  buffer: Buffer | undefined;
  filled: number;
}

/** Puts the DATA frames of one connection together. A connection carries one chunk at a time, from its start. */
export class ChunkIntake {
  private arriving: Arriving | undefined;

  constructor(
    private readonly manifest: Manifest,
    private readonly pool: BufferPool,
    private readonly port: IntakePort,
  ) {}

  /** As in DataSink. @throws ShoalError `bad-frame` for bytes that nobody asked for or that are out of order */
  reserve(chunk: number, offset: number, length: number): Uint8Array | undefined {
    if (offset === 0) this.begin(chunk);
    const { arriving } = this;
    if (arriving?.chunk !== chunk || offset !== arriving.filled || offset + length > arriving.length) {
      throw bad(`bytes ${offset} to ${offset + length} of chunk ${chunk + 1} are out of order`);
    }
    return arriving.buffer?.subarray(offset, offset + length);
  }

  arrived(bytes: number): void {
    if (this.arriving !== undefined) this.arriving.filled += bytes;
    this.port.bytes(bytes);
  }

  /** A DATA frame is whole. */
  frame({ chunk }: Data): void {
    const { arriving } = this;
    if (arriving === undefined || arriving.chunk !== chunk || arriving.filled < arriving.length) return;
    this.arriving = undefined;
    this.port.whole(chunk, arriving.buffer);
  }

  /** The chunk is not wanted from here any more. Its buffer is left alone: a frame may still be read to it. */
  drop(chunk: number): void {
    if (this.arriving?.chunk === chunk) this.arriving.buffer = undefined;
  }

  private begin(chunk: number): void {
    if (chunk >= this.manifest.chunkCount) throw bad(`there is no chunk ${chunk + 1}`);
    if (this.arriving?.buffer !== undefined) this.pool.give(this.arriving.buffer);
    this.arriving = undefined;
    const verdict = this.port.began(chunk);
    if (verdict === 'unasked') throw bad(`nobody asked for chunk ${chunk + 1}`);
    const length = this.manifest.lengthOf(chunk);
    const buffer = verdict === 'wanted' ? this.pool.take() : undefined;
    this.arriving = { chunk, length, buffer, filled: 0 };
  }
}

const bad = (why: string): ShoalError => new ShoalError('bad-frame', why);
