import type { Availability } from './availability.js';
import { ChunkSet } from './chunk-set.js';
import type { Source } from './source.js';

/**
 * Near sources from which on the rule holds. With fewer, the peers of the seeder's rack would carry all other racks alone while
 * those trade with each other too late (simulated: 4 racks of 4 at 1.45 of the bound, 8 racks of 2 at 1.43).
 */
const NEAR_MIN = 5;

/**
 * Keeps a file from crossing the link between two racks more often than it must. Of what a far source has, only those chunks
 * may be asked for that no near source has, and of these only the share that is this peer's: every near peer ranks the
 * near ones by the same hash of (chunk, peer), so one of them fetches a chunk, without a message, and the others get it from
 * there. A far seeder that grants is not asked for grants while another far peer gets them: what it grants here would
 * cross once more on its way back. `relaxed` lifts all of it for a moment, for a peer that the near ones do not keep busy.
 */
export class FarRule {
  private readonly nearCounts: Uint16Array;
  private readonly near = new Set<Source>();
  private readonly far = new Set<Source>();
  /** Chunks that are this peer's to fetch from far; unknown since the near ones changed. */
  private share: ChunkSet | undefined;
  private isRelaxed = false;

  constructor(
    private readonly chunkCount: number,
    private readonly self: string,
    private readonly availability: Availability,
  ) {
    this.nearCounts = new Uint16Array(chunkCount);
  }

  /** A rack is here and somebody is far. */
  get isActive(): boolean {
    return this.isRack && this.far.size > 0;
  }

  add(source: Source): void {
    if (source.isNear) {
      this.near.add(source);
      this.share = undefined;
      for (const chunk of source.has) this.countNear(chunk, 1);
      this.availability.addHolder(source);
      this.remask();
    } else {
      this.far.add(source);
      source.told = source.has;
      this.remask();
    }
  }

  remove(source: Source): void {
    this.availability.removeHolder(source);
    this.far.delete(source);
    if (!this.near.delete(source)) return;
    this.share = undefined;
    for (const chunk of source.has) this.countNear(chunk, -1);
    this.remask();
  }

  gained(source: Source, chunk: number): void {
    if (!source.isNear) {
      source.told.add(chunk);
      if (this.allows(chunk)) this.availability.gained(source, chunk);
    } else if (
      this.availability.gained(source, chunk) &&
      this.countNear(chunk, 1) === 1 &&
      !this.allows(chunk)
    ) {
      for (const other of this.far) this.availability.lost(other, chunk);
    }
  }

  lost(source: Source, chunk: number): void {
    const had = source.has.has(chunk);
    this.availability.lost(source, chunk);
    if (!source.isNear) source.told.delete(chunk);
    else if (had && this.countNear(chunk, -1) === 0 && this.allows(chunk)) {
      for (const other of this.far) if (other.told.has(chunk)) this.availability.gained(other, chunk);
    }
  }

  /** Whether a source that grants may be asked for any chunk. */
  mayAskAny(source: Source): boolean {
    if (source.isNear || this.isRelaxed || !this.isRack) return true;
    for (const other of this.far) if (!other.granting) return false;
    return true;
  }

  /** Runs `ask` as if everybody were near. */
  relaxed(ask: () => void): void {
    this.isRelaxed = true;
    this.remask();
    ask();
    this.isRelaxed = false;
    this.remask();
  }

  private get isRack(): boolean {
    return this.near.size >= NEAR_MIN;
  }

  private allows(chunk: number): boolean {
    if (this.isRelaxed || !this.isRack) return true;
    return this.nearCounts[chunk] === 0 && this.mine.has(chunk);
  }

  private countNear(chunk: number, change: 1 | -1): number {
    return (this.nearCounts[chunk] = (this.nearCounts[chunk] as number) + change);
  }

  private get mine(): ChunkSet {
    const others = (): string[] => [...this.near].map(({ id }) => id);
    return (this.share ??= shareOf(this.self, others(), this.chunkCount));
  }

  /** What the far sources show after the near ones changed: O(far sources x chunks), nothing without far ones. */
  private remask(): void {
    for (const source of this.far) {
      this.availability.removeHolder(source);
      const shown = new ChunkSet(this.chunkCount);
      for (const chunk of source.told) if (this.allows(chunk)) shown.add(chunk);
      source.has = shown;
      this.availability.addHolder(source);
    }
  }
}

/** Chunks for which `self` ranks first among itself and the others (rendezvous hashing, Thaler and Ravishankar 1996). */
const shareOf = (self: string, others: readonly string[], chunkCount: number): ChunkSet => {
  const share = new ChunkSet(chunkCount);
  const mine = hashOf(self);
  const theirs = others.map(hashOf);
  for (let chunk = 0; chunk < chunkCount; chunk++) {
    const rank = mixed(mine, chunk);
    if (theirs.every((other) => mixed(other, chunk) <= rank)) share.add(chunk);
  }
  return share;
};

/** FNV-1a. */
const hashOf = (text: string): number => {
  let hash = 0x811c_9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x0100_0193);
  return hash >>> 0;
};

const mixed = (hash: number, chunk: number): number => {
  let value = hash ^ Math.imul(chunk + 1, 0x9e37_79b1);
  value = Math.imul(value ^ (value >>> 16), 0x85eb_ca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2_ae35);
  return (value ^ (value >>> 16)) >>> 0;
};
