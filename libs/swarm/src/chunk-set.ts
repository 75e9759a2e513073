import type { Bitfield } from '#core';

/** A set of chunk numbers as bits in 32-bit words (bit 31 of word 0 is chunk 0), so that sets can be compared by words. */
export class ChunkSet {
  readonly words: Uint32Array;
  private members = 0;

  constructor(readonly length: number) {
    this.words = new Uint32Array((length + 31) >>> 5);
  }

  static from(field: Bitfield): ChunkSet {
    const set = new ChunkSet(field.length);
    const bytes = field.toBytes();
    for (let at = 0; at < bytes.length; at++) {
      const word = at >> 2;
      set.words[word] = ((set.words[word] as number) | ((bytes[at] as number) << (24 - 8 * (at & 3)))) >>> 0;
    }
    set.members = field.count;
    return set;
  }

  get count(): number {
    return this.members;
  }

  has(chunk: number): boolean {
    return ((this.words[chunk >>> 5] as number) & (0x8000_0000 >>> (chunk & 31))) !== 0;
  }

  /** True when it was not in the set. */
  add(chunk: number): boolean {
    if (this.has(chunk)) return false;
    this.words[chunk >>> 5] = ((this.words[chunk >>> 5] as number) | (0x8000_0000 >>> (chunk & 31))) >>> 0;
    this.members++;
    return true;
  }

  /** True when it was in the set. */
  delete(chunk: number): boolean {
    if (!this.has(chunk)) return false;
    this.words[chunk >>> 5] = ((this.words[chunk >>> 5] as number) & ~(0x8000_0000 >>> (chunk & 31))) >>> 0;
    this.members--;
    return true;
  }

  /** Members, ascending. */
  *[Symbol.iterator](): IterableIterator<number> {
    for (let word = 0; word < this.words.length; word++) {
      let bits = this.words[word] as number;
      while (bits !== 0) {
        const bit = Math.clz32(bits);
        yield word * 32 + bit;
        bits = (bits & ~(0x8000_0000 >>> bit)) >>> 0;
      }
    }
  }

  countCommon(other: ChunkSet): number {
    let common = 0;
    for (let word = 0; word < this.words.length; word++) {
      common += onesIn((this.words[word] as number) & (other.words[word] as number));
    }
    return common;
  }

  /** The `nth` (from 0) member, ascending, that `other` has too; -1 when there are not so many. */
  nthCommon(other: ChunkSet, nth: number): number {
    let left = nth;
    for (let word = 0; word < this.words.length; word++) {
      let bits = ((this.words[word] as number) & (other.words[word] as number)) >>> 0;
      const ones = onesIn(bits);
      if (left >= ones) {
        left -= ones;
        continue;
      }
      while (left-- > 0) bits = (bits & ~(0x8000_0000 >>> Math.clz32(bits))) >>> 0;
      return word * 32 + Math.clz32(bits);
    }
    return -1;
  }
}

const onesIn = (word: number): number => {
  let bits = word - ((word >>> 1) & 0x5555_5555);
  bits = (bits & 0x3333_3333) + ((bits >>> 2) & 0x3333_3333);
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f_0f0f, 0x0101_0101) >>> 24;
};
