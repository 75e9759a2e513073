import { KIB, MIB } from '#core';
import type { ChunkStore } from '../store/store.js';
import type { ActiveSend } from './active-send.js';
import { BufferPool } from './buffer-pool.js';
import type { Session } from './session.js';
import type { RateGate } from './rate-gate.js';
import { frameSize, writeSize, type UploadRate } from './write-size.js';

/** Bytes read from the disk and sent at once: what stays in a core's second-level cache. 1 MiB costs more (docs/adr/0015). */
const BLOCK_BYTES = 256 * KIB;
const SMALL_BLOCK_BYTES = 64 * KIB;
const POOL_BYTES = 16 * MIB;
/** A limited upload sends frames of at most this much of a second, so that it does not come in gulps. */
const LIMITED_FRAME_MS = 100;
const LIMITED_FRAME_MIN = 16 * KIB;

/** Sends chunks from a store to a connection, as fast as the connection and the limit take them. */
export class ChunkSender {
  private readonly blocks = new BufferPool(BLOCK_BYTES, POOL_BYTES);
  private readonly smallBlocks = new BufferPool(SMALL_BLOCK_BYTES, POOL_BYTES);

  constructor(
    private readonly limit: RateGate,
    private readonly rateOf: () => UploadRate,
  ) {}

  /**
   * All of one chunk. True when all of it is with the kernel; false when it was stopped before: then it stopped
   * at the end of a frame.
   * @throws ShoalError of the store's read, or of a connection that ended
   */
  async send(session: Session, store: ChunkStore, active: ActiveSend, priority: number): Promise<boolean> {
    const { chunk } = active;
    const length = store.manifest.lengthOf(chunk);
    const pool = length <= SMALL_BLOCK_BYTES ? this.smallBlocks : this.blocks;
    const block = pool.take();
    try {
      for (let offset = 0; offset < length;) {
        if (active.isRaised) return false;
        const read = await store.readInto(chunk, offset, block.subarray(0, length - offset));
        const part = block.subarray(0, read);
        if (!(await this.sendBlock(session, active, offset, part, priority))) return false;
        offset += read;
      }
      pool.give(block);
      return true;
    } catch (error) {
      // The kernel may still be sending from a block whose connection broke: it is left to the garbage collector.
      if (!session.closed) pool.give(block);
      throw error;
    }
  }

  private async sendBlock(
    session: Session,
    active: ActiveSend,
    offset: number,
    block: Buffer,
    priority: number,
  ): Promise<boolean> {
    for (let at = 0; at < block.length;) {
      const rate = this.rateOf();
      const end = Math.min(block.length, at + this.frameBytes(rate));
      if (this.limit.bytesPerSecond !== undefined) await this.limit.pay(end - at, active, priority);
      if (active.isRaised) return false;
      active.begun = true;
      const taken = session.sendData(active.chunk, offset + at, block.subarray(at, end), writeSize(rate));
      if (taken !== undefined) await taken;
      at = end;
    }
    return true;
  }

  private frameBytes(rate: UploadRate): number {
    const most = frameSize(rate);
    const limit = this.limit.bytesPerSecond;
    if (limit === undefined) return most;
    const share = Math.floor((limit * LIMITED_FRAME_MS) / 1_000);
    return Math.max(LIMITED_FRAME_MIN, Math.min(most, share));
  }
}
