import type { Bitfield, Random } from '#core';
import { ChunkSet } from './chunk-set.js';

/**
 * First pass of a seeder that has the only complete copy (R2): every chunk is given to one peer, so the pass costs one
 * file of uplink. It ends (R3) when every chunk was given or seen at somebody; from then on the seeder is an ordinary
 * source and answers NONE. Ending is final. Several seeders each run a pass from a `start` of their own and skip what
 * the other's peers announce. Who runs into what another seeder gave goes on at a random place: right behind the other's
 * cursor both would give the same chunks, since what is on its way is not announced yet. A grant is O(1) amortised.
 */
export class GrantPass {
  /** Neither given nor seen. */
  private readonly left: ChunkSet;
  /** To whom a chunk was given, while no one else announced it. */
  private readonly givenTo = new Map<number, string>();
  private cursor: number;
  private over: boolean;

  constructor(
    private readonly chunkCount: number,
    private readonly options: { readonly start?: number; readonly random?: Random } = {},
  ) {
    this.left = new ChunkSet(chunkCount);
    for (let chunk = 0; chunk < chunkCount; chunk++) this.left.add(chunk);
    this.cursor = chunkCount === 0 ? 0 : (options.start ?? 0) % chunkCount;
    this.over = chunkCount === 0;
  }

  get isOver(): boolean {
    return this.over;
  }

  /**
   * The next chunk that nobody was given; undefined when the pass is over (answer NONE). What the asker has is skipped
   * for good, since it is not the seeder's alone. `asker` is remembered for `askerGone`.
   */
  grant(askerHas: Bitfield | undefined, asker?: string): number | undefined {
    while (!this.over) {
      const chunk = this.nextLeft();
      if (askerHas?.has(chunk) !== true) {
        this.gave(chunk, asker);
        return chunk;
      }
      this.settle(chunk);
    }
    return undefined;
  }

  /** A chunk was sent outside `grant` (somebody asked for it by number). */
  gave(chunk: number, asker?: string): void {
    if (asker !== undefined && this.left.has(chunk)) this.givenTo.set(chunk, asker);
    this.settle(chunk);
  }

  /** The transfer of a granted chunk failed: it will be granted again. */
  chunkLost(chunk: number): void {
    this.givenTo.delete(chunk);
    if (this.over || !this.left.add(chunk)) return;
    this.cursor = chunk;
  }

  /**
   * Somebody announced the chunk. With `holder`, the announcement of the one it was given to changes nothing: the chunk
   * is still lost if that one goes.
   */
  seenElsewhere(chunk: number, holder?: string): void {
    if (holder !== undefined && this.givenTo.get(chunk) === holder) return;
    this.givenTo.delete(chunk);
    this.settle(chunk);
  }

  /** An asker is gone: what was given to it and seen at no one else will be granted again. */
  askerGone(asker: string): void {
    const lost = [...this.givenTo].filter(([, to]) => to === asker).map(([chunk]) => chunk);
    for (const chunk of lost.reverse()) this.chunkLost(chunk);
  }

  private nextLeft(): number {
    const { random } = this.options;
    if (random !== undefined && !this.left.has(this.cursor))
      this.cursor = this.left.randomCommon(this.left, random);
    while (!this.left.has(this.cursor)) this.cursor = (this.cursor + 1) % this.chunkCount;
    return this.cursor;
  }

  private settle(chunk: number): void {
    this.left.delete(chunk);
    if (this.left.count === 0) this.over = true;
  }

  /** @throws Error when a chunk is both left and given. For tests. */
  checkInvariants(): void {
    for (const chunk of this.givenTo.keys()) {
      if (this.left.has(chunk)) throw new Error(`chunk ${chunk} is both left and given`);
    }
    if (this.over !== (this.left.count === 0))
      throw new Error(`over ${this.over} with ${this.left.count} left`);
  }
}
