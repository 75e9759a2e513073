import { ShoalError } from './errors.js';
import type { ChunkRange } from './ranges.js';

/**
 * One bit a chunk; bit 0 is the highest bit of byte 0 (as in BitTorrent's bitfield message).
 * Spare bits of the last byte are always 0. Counting is kept up to date, so `count` costs nothing.
 */
export class Bitfield {
  readonly length: number;
  private readonly bytes: Uint8Array;
  private ones = 0;

  constructor(length: number) {
    if (!Number.isSafeInteger(length) || length < 0) {
      throw new ShoalError('bad-size', `a bitfield cannot have ${length} bits`);
    }
    this.length = length;
    this.bytes = new Uint8Array((length + 7) >> 3);
  }

  static full(length: number): Bitfield {
    const field = new Bitfield(length);
    field.setRange({ start: 0, end: length });
    return field;
  }

  static fromRanges(length: number, ranges: Iterable<ChunkRange>): Bitfield {
    const field = new Bitfield(length);
    for (const range of ranges) field.setRange(range);
    return field;
  }

  /** @throws ShoalError `bad-size` when the number of bytes is wrong or a spare bit is set. */
  static fromBytes(length: number, bytes: Uint8Array): Bitfield {
    const field = new Bitfield(length);
    if (bytes.length !== field.bytes.length) {
      throw new ShoalError(
        'bad-size',
        `a bitfield of ${length} bits has ${field.bytes.length} bytes, not ${bytes.length}`,
      );
    }
    const spare = field.bytes.length * 8 - length;
    if (spare > 0 && ((bytes[bytes.length - 1] as number) & ((1 << spare) - 1)) !== 0) {
      throw new ShoalError('bad-size', 'a bitfield has bits set past its end');
    }
    field.bytes.set(bytes);
    for (const byte of bytes) field.ones += onesIn(byte);
    return field;
  }

  get count(): number {
    return this.ones;
  }

  get isFull(): boolean {
    return this.ones === this.length;
  }

  get isEmpty(): boolean {
    return this.ones === 0;
  }

  has(index: number): boolean {
    return (
      index >= 0 && index < this.length && ((this.bytes[index >> 3] as number) & (0x80 >> (index & 7))) !== 0
    );
  }

  /** True when the bit was not set before. @throws ShoalError `chunk-out-of-range` */
  set(index: number): boolean {
    this.check(index);
    if (this.has(index)) return false;
    this.bytes[index >> 3] = (this.bytes[index >> 3] as number) | (0x80 >> (index & 7));
    this.ones++;
    return true;
  }

  /** True when the bit was set before. @throws ShoalError `chunk-out-of-range` */
  clear(index: number): boolean {
    this.check(index);
    if (!this.has(index)) return false;
    this.bytes[index >> 3] = (this.bytes[index >> 3] as number) & ~(0x80 >> (index & 7));
    this.ones--;
    return true;
  }

  /** @throws ShoalError `chunk-out-of-range` */
  setRange(range: ChunkRange): void {
    if (range.start < 0 || range.end > this.length || range.start > range.end) this.check(-1);
    for (let index = range.start; index < range.end; index++) this.set(index);
  }

  /** The set bits as ascending, non-touching ranges. */
  toRanges(): ChunkRange[] {
    const ranges: ChunkRange[] = [];
    let start = -1;
    for (let index = 0; index <= this.length; index++) {
      if (this.has(index)) {
        if (start < 0) start = index;
      } else if (start >= 0) {
        ranges.push({ start, end: index });
        start = -1;
      }
    }
    return ranges;
  }

  /** Set bits, ascending. */
  *[Symbol.iterator](): IterableIterator<number> {
    for (let index = 0; index < this.length; index++) if (this.has(index)) yield index;
  }

  clone(): Bitfield {
    return Bitfield.fromBytes(this.length, this.bytes);
  }

  /** A copy; changing it does not change the bitfield. */
  toBytes(): Uint8Array {
    return this.bytes.slice();
  }

  private check(index: number): void {
    if (!Number.isInteger(index) || index < 0 || index >= this.length) {
      throw new ShoalError('chunk-out-of-range', `chunk ${index} is not in 0..${this.length - 1}`);
    }
  }
}

const onesIn = (byte: number): number => {
  let rest = byte;
  let ones = 0;
  while (rest !== 0) {
    rest &= rest - 1;
    ones++;
  }
  return ones;
};
