import type { Bitfield, Random } from '#core';

const TOP = 0x8000_0000;
/** Common members among which a random one is chosen; more are not looked for. */
const SAMPLE = 64;

/**
 * A set of chunk numbers as bits in 32-bit words (bit 31 of word 0 is chunk 0), so that sets are compared by words. One bit
 * a word says which words are not empty, so that sparse sets are walked in a few steps however long they are.
 */
export class ChunkSet {
  readonly words: Uint32Array;
  private readonly used: Uint32Array;
  private members = 0;

  constructor(readonly length: number) {
    this.words = new Uint32Array((length + 31) >>> 5);
    this.used = new Uint32Array((this.words.length + 31) >>> 5);
  }

  static from(field: Bitfield): ChunkSet {
    const set = new ChunkSet(field.length);
    const bytes = field.toBytes();
    for (let at = 0; at < bytes.length; at++) {
      if (bytes[at] !== 0) set.put(at >> 2, (bytes[at] as number) << (24 - 8 * (at & 3)));
    }
    set.members = field.count;
    return set;
  }

  get count(): number {
    return this.members;
  }

  has(chunk: number): boolean {
    return ((this.words[chunk >>> 5] as number) & (TOP >>> (chunk & 31))) !== 0;
  }

  /** True when it was not in the set. */
  add(chunk: number): boolean {
    if (this.has(chunk)) return false;
    this.put(chunk >>> 5, TOP >>> (chunk & 31));
    this.members++;
    return true;
  }

  /** True when it was in the set. */
  delete(chunk: number): boolean {
    if (!this.has(chunk)) return false;
    const word = chunk >>> 5;
    const rest = ((this.words[word] as number) & ~(TOP >>> (chunk & 31))) >>> 0;
    this.words[word] = rest;
    if (rest === 0)
      this.used[word >>> 5] = ((this.used[word >>> 5] as number) & ~(TOP >>> (word & 31))) >>> 0;
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
        bits = (bits & ~(TOP >>> bit)) >>> 0;
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

  /**
   * A random member that `other` has too, or -1. Each is equally likely while they are fewer than SAMPLE; else one of
   * SAMPLE neighbours, from a random place on.
   */
  randomCommon(other: ChunkSet, random: Random): number {
    const start = Math.floor(random() * this.words.length);
    const found = this.seekCommon(other, start, SAMPLE - 1);
    const count = found >= 0 ? SAMPLE : -1 - found;
    return count === 0 ? -1 : this.seekCommon(other, start, Math.floor(random() * count));
  }

  /** The `nth` (from 0) common member from a word on, round the end; when there are only n, -1 - n. */
  private seekCommon(other: ChunkSet, start: number, nth: number): number {
    let seen = 0;
    for (let round = 0; round < 2; round++) {
      const end = round === 0 ? this.words.length : start;
      for (let word = this.nextUsed(round === 0 ? start : 0); word < end; word = this.nextUsed(word + 1)) {
        const bits = ((this.words[word] as number) & (other.words[word] as number)) >>> 0;
        const ones = onesIn(bits);
        if (seen + ones > nth) return word * 32 + nthBit(bits, nth - seen);
        seen += ones;
      }
    }
    return -1 - seen;
  }

  /** The first word from here on that is not empty; the number of words when there is none. */
  private nextUsed(from: number): number {
    for (let at = from >>> 5; at < this.used.length; at++) {
      const mask = at === from >>> 5 ? 0xffff_ffff >>> (from & 31) : 0xffff_ffff;
      const bits = ((this.used[at] as number) & mask) >>> 0;
      if (bits !== 0) return at * 32 + Math.clz32(bits);
    }
    return this.words.length;
  }

  private put(word: number, bits: number): void {
    this.words[word] = ((this.words[word] as number) | bits) >>> 0;
    this.used[word >>> 5] = ((this.used[word >>> 5] as number) | (TOP >>> (word & 31))) >>> 0;
  }

  /** @throws Error when the bit of a word is wrong. For tests. */
  checkInvariants(): void {
    for (let word = 0; word < this.words.length; word++) {
      const isUsed = ((this.used[word >>> 5] as number) & (TOP >>> (word & 31))) !== 0;
      if (isUsed !== (this.words[word] !== 0)) throw new Error(`word ${word} is ${isUsed ? '' : 'not '}used`);
    }
  }
}

/** Position of the `nth` (from 0) set bit, from the highest. */
const nthBit = (word: number, nth: number): number => {
  let bits = word;
  for (let left = nth; left > 0; left--) bits = (bits & ~(TOP >>> Math.clz32(bits))) >>> 0;
  return Math.clz32(bits);
};

const onesIn = (word: number): number => {
  let bits = word - ((word >>> 1) & 0x5555_5555);
  bits = (bits & 0x3333_3333) + ((bits >>> 2) & 0x3333_3333);
  return Math.imul((bits + (bits >>> 4)) & 0x0f0f_0f0f, 0x0101_0101) >>> 24;
};
