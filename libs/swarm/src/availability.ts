import type { Random } from '#core';
import { ChunkSet } from './chunk-set.js';

/** Someone who has chunks. Only `Availability` changes these fields once the holder is added. */
export interface Holder {
  has: ChunkSet;
  /** How many pickable chunks it has. */
  candidates: number;
}

/** Chunks with more holders than this count as equally common; bounds the levels to 512 KiB at 65,536 chunks. */
const LEVEL_MAX = 63;
/**
 * Who has what, and which chunk is the rarest. Keeps one set of chunks per number of holders, of the *pickable* chunks
 * only (missing, wanted, not asked of anyone). Costs, with M chunks and S holders: a HAVE is O(1); a chunk that becomes
 * pickable or stops being so is O(S) bit tests; adding or removing a holder is O(what it has); a pick looks at no
 * more than the non-empty words of the levels up to the one that hits, and stops after 64 hits in it.
 */
export class Availability {
  readonly pickable: ChunkSet;
  private readonly holders = new Set<Holder>();
  private readonly counts: Uint16Array;
  private readonly levels: (ChunkSet | undefined)[] = [];

  constructor(private readonly chunkCount: number) {
    this.pickable = new ChunkSet(chunkCount);
    this.counts = new Uint16Array(chunkCount);
  }

  addHolder(holder: Holder): void {
    this.holders.add(holder);
    holder.candidates = 0;
    for (const chunk of holder.has) this.countUp(holder, chunk);
  }

  removeHolder(holder: Holder): void {
    if (!this.holders.delete(holder)) return;
    for (const chunk of holder.has) this.countDown(holder, chunk);
  }

  /** False when it had the chunk already. */
  gained(holder: Holder, chunk: number): boolean {
    if (!holder.has.add(chunk)) return false;
    this.countUp(holder, chunk);
    return true;
  }

  lost(holder: Holder, chunk: number): void {
    if (holder.has.delete(chunk)) this.countDown(holder, chunk);
  }

  setPickable(chunk: number): void {
    if (!this.pickable.add(chunk)) return;
    this.level(chunk).add(chunk);
    for (const holder of this.holders) if (holder.has.has(chunk)) holder.candidates++;
  }

  unsetPickable(chunk: number): void {
    if (!this.pickable.delete(chunk)) return;
    this.level(chunk).delete(chunk);
    for (const holder of this.holders) if (holder.has.has(chunk)) holder.candidates--;
  }

  holdersOf(chunk: number): number {
    return this.counts[chunk] as number;
  }

  /** Pickable chunks that nobody has. */
  get unavailable(): number {
    return this.levels[0]?.count ?? 0;
  }

  /** The pickable chunk of this holder that the fewest have; equally rare ones at random. */
  rarest(holder: Holder, random: Random): number | undefined {
    if (holder.candidates === 0) return undefined;
    for (let rank = 1; rank < this.levels.length; rank++) {
      const level = this.levels[rank];
      if (level === undefined || level.count === 0) continue;
      const chunk = level.randomCommon(holder.has, random);
      if (chunk >= 0) return chunk;
    }
    return undefined;
  }

  private countUp(holder: Holder, chunk: number): void {
    this.recount(chunk, 1);
    if (this.pickable.has(chunk)) holder.candidates++;
  }

  private countDown(holder: Holder, chunk: number): void {
    this.recount(chunk, -1);
    if (this.pickable.has(chunk)) holder.candidates--;
  }

  private recount(chunk: number, change: 1 | -1): void {
    const pickable = this.pickable.has(chunk);
    if (pickable) this.level(chunk).delete(chunk);
    this.counts[chunk] = (this.counts[chunk] as number) + change;
    if (pickable) this.level(chunk).add(chunk);
  }

  private level(chunk: number): ChunkSet {
    const rank = Math.min(this.counts[chunk] as number, LEVEL_MAX);
    return (this.levels[rank] ??= new ChunkSet(this.chunkCount));
  }

  /** @throws Error when a count is not what a full scan says. For tests. */
  checkInvariants(): void {
    for (const holder of this.holders) {
      const candidates = holder.has.countCommon(this.pickable);
      if (candidates !== holder.candidates)
        throw new Error(`candidates ${holder.candidates}, not ${candidates}`);
    }
    for (let chunk = 0; chunk < this.chunkCount; chunk++) this.checkChunk(chunk);
    for (const level of this.levels) level?.checkInvariants();
  }

  private checkChunk(chunk: number): void {
    let holders = 0;
    for (const holder of this.holders) if (holder.has.has(chunk)) holders++;
    if (holders !== this.counts[chunk]) throw new Error(`chunk ${chunk} has ${holders} holders`);
    for (let rank = 0; rank < this.levels.length; rank++) {
      const expected = this.pickable.has(chunk) && rank === Math.min(holders, LEVEL_MAX);
      if ((this.levels[rank]?.has(chunk) ?? false) !== expected)
        throw new Error(`chunk ${chunk} at level ${rank}`);
    }
  }
}
