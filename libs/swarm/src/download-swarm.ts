import { Bitfield, ShoalError, type ChunkRange } from '#core';
import { Arrivals } from './arrivals.js';
import { Asking } from './asking.js';
import { ChunkSet } from './chunk-set.js';
import { firstDeadline } from './deadline.js';
import { ANY, type Arrival, type Decision, type SourceId } from './decision.js';
import { DOWNLOAD_DEFAULTS } from './settings.js';
import { Source, type SourceFacts } from './source.js';
import { Starvation, type Need } from './starvation.js';
import { checkState } from './state-checks.js';
import { SwarmState, type SwarmOptions } from './swarm-state.js';
import type { Tally } from './tally.js';
import { Watching } from './watching.js';

/**
 * One download: facts in, decisions out. It owns no clock, timer or socket; `now` is milliseconds of any clock that never
 * goes back. After every batch of facts, and at `nextDecisionAt`, call `decide` and carry out what it returns.
 * Facts about a source that is not (or no longer) here are ignored, so facts that were on their way do no harm.
 */
export class DownloadSwarm {
  private readonly state: SwarmState;
  private readonly arrivals: Arrivals;
  private readonly asking: Asking;
  private readonly watching: Watching;
  private readonly starvation: Starvation;
  private latest = 0;

  constructor(options: SwarmOptions) {
    const settings = { ...DOWNLOAD_DEFAULTS, ...options.settings };
    this.state = new SwarmState(options, settings);
    this.arrivals = new Arrivals(this.state);
    this.asking = new Asking(this.state);
    this.watching = new Watching(this.state);
    this.starvation = new Starvation(settings);
  }

  /** Verified and written. The same object for the life of the download; do not change it. */
  get have(): Bitfield {
    return this.state.have;
  }

  /** Every wanted chunk is held. */
  get isComplete(): boolean {
    return this.state.missing === 0;
  }

  /** Wanted chunks that are not held. */
  get missing(): number {
    return this.state.missing;
  }

  get sourceCount(): number {
    return this.state.sources.size;
  }

  /** Whether a chunk is asked of a source. */
  isOpen(id: SourceId, chunk: number): boolean {
    return this.state.ledger.find(id, chunk) !== undefined;
  }

  /** Payload bytes by what became of them. */
  get tally(): Readonly<Tally> {
    return this.state.tally;
  }

  /** Bytes a second from a source over about the second before the latest fact or decision; 0 for an unknown one. */
  rateOf(id: SourceId): number {
    return (this.state.sources.get(id)?.meter.at(this.latest) ?? 0) * 1_000;
  }

  /** A connection is open. One that is known already starts anew. A banned one is answered with `close`. */
  addSource(id: SourceId, facts: SourceFacts, now: number): void {
    this.removeSource(id, now);
    const banMs = this.state.blame.banLeft(id, now);
    if (banMs > 0) {
      this.state.pending.push({ kind: 'close', source: id, reason: 'banned for wrong bytes', banMs });
      return;
    }
    const source = new Source(id, facts, this.state.settings, now);
    source.has = this.chunksOf(source, facts);
    this.state.add(source);
  }

  /**
   * HAVE. True when it says something about a chunk that is missing here; else there is nothing new to decide.
   * @throws ShoalError `chunk-out-of-range`
   */
  sourceHas(id: SourceId, ranges: readonly ChunkRange[], _now: number): boolean {
    const source = this.state.sources.get(id);
    for (const range of ranges) this.checkRange(range);
    if (source === undefined) return false;
    let isNews = false;
    for (const { start, end } of ranges) {
      for (let chunk = start; chunk < end; chunk++) {
        if (!source.spoiled.has(chunk)) this.state.distance.gained(source, chunk);
        isNews ||= this.state.lacks(chunk);
      }
    }
    return isNews;
  }

  /** BITFIELD: replaces all that was known; what is open there stays open. @throws ShoalError `bad-size` */
  sourceBitfield(id: SourceId, facts: SourceFacts, _now: number): void {
    const source = this.state.sources.get(id);
    if (source === undefined) return;
    this.state.show(source, this.chunksOf(source, facts), facts.granting);
  }

  /** The connection is gone: its requests are free and its chunks count no longer, at once (R11). */
  removeSource(id: SourceId, _now: number): void {
    const source = this.state.sources.get(id);
    if (source !== undefined) this.state.remove(source);
  }

  /** The header of a chunk came: keep its bytes (`wanted`) or read and discard them. `unasked` is a violation. */
  chunkBegan(id: SourceId, chunk: number, now: number): Arrival {
    return this.arrivals.began(id, chunk, now);
  }

  /** Payload bytes came, of the chunk that began last. As often as it suits: once a slice, once a chunk or never. */
  bytesArrived(id: SourceId, bytes: number, now: number): void {
    this.latest = now;
    this.arrivals.bytes(id, bytes, now);
  }

  /** All bytes of a chunk came. Only a `wanted` one is to be verified; answer with `chunkVerified` or `chunkRejected`. */
  chunkArrived(id: SourceId, chunk: number, now: number): Arrival {
    return this.arrivals.arrived(id, chunk, now);
  }

  /** All bytes of a chunk came whose bytes were not kept: so one copy fewer is still on its way. */
  chunkDiscarded(id: SourceId, chunk: number): void {
    this.state.sources.get(id)?.takeStray(chunk);
  }

  /** Digest right and bytes written. Also for a chunk that came another way. The source may be gone. */
  chunkVerified(id: SourceId, chunk: number, _now: number): void {
    this.arrivals.verified(id, chunk);
  }

  /** Digest wrong. The source may be gone; it is remembered. */
  chunkRejected(id: SourceId, chunk: number, now: number): void {
    this.arrivals.rejected(id, chunk, now);
  }

  /**
   * The source answers that it cannot give the chunk. `not-held`: it is not asked for it again unless it announces it
   * anew. `busy`: it is left alone for a while. A refused ANY is a NONE.
   */
  chunkRefused(id: SourceId, chunk: number, now: number, why: 'not-held' | 'busy' = 'not-held'): void {
    if (chunk === ANY) this.arrivals.none(id, now);
    else this.arrivals.refused(id, chunk, why, now);
  }

  /** NONE: a granting seeder has nothing to grant now. It is asked again after a while (it may be wrong, or lie). */
  noneToGrant(id: SourceId, now: number): void {
    this.arrivals.none(id, now);
  }

  decide(now: number): Decision[] {
    this.latest = now;
    const decisions = this.state.pending.splice(0);
    if (this.isComplete) return decisions;
    decisions.push(...this.watching.review(now), ...this.asking.decide(now));
    if (this.starvation.update(this.need(now), now)) decisions.push({ kind: 'seek-sources' });
    return decisions;
  }

  /** When `decide` is to be called although nothing happens until then; undefined: not before the next fact. */
  nextDecisionAt(now: number): number | undefined {
    if (this.state.pending.length > 0) return now;
    if (this.isComplete) return undefined;
    const next = Math.min(this.watching.nextAt, this.starvation.at, this.asking.wakeAt);
    return next === Infinity ? undefined : Math.max(now, next);
  }

  private need(now: number): Need {
    const { state } = this;
    if (state.live + state.verifying.size === 0) return 'starved';
    if (now - state.lastMoveAt > firstDeadline(state.chunkBytes, state.settings)) return 'starved';
    if (state.sources.size < state.settings.fewSources) return 'few';
    return state.availability.unavailable > 0 && state.granters.size === 0 ? 'few' : 'none';
  }

  /**
   * A granting seeder has everything and announces nothing. Who wants only some chunks cannot use ANY and asks it by
   * number.
   */
  private chunksOf(source: Source, facts: SourceFacts): ChunkSet {
    if (facts.has.length !== this.state.chunkCount) {
      throw new ShoalError(
        'bad-size',
        `a bitfield of ${facts.has.length} for ${this.state.chunkCount} chunks`,
      );
    }
    const byNumber = facts.granting && !this.state.wanted.isFull;
    const has = ChunkSet.from(byNumber ? Bitfield.full(this.state.chunkCount) : facts.has);
    for (const chunk of source.spoiled) has.delete(chunk);
    return has;
  }

  private checkRange({ start, end }: ChunkRange): void {
    const whole = Number.isSafeInteger(start) && Number.isSafeInteger(end);
    if (whole && start >= 0 && start <= end && end <= this.state.chunkCount) return;
    throw new ShoalError(
      'chunk-out-of-range',
      `chunks ${start}-${end} are not in 0..${this.state.chunkCount}`,
    );
  }

  /** @throws Error when the books do not balance. For tests. */
  checkInvariants(): void {
    checkState(this.state);
  }
}
