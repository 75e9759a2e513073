import { Bitfield, type Random } from '#core';
import { Availability } from './availability.js';
import { Blame } from './blame.js';
import type { ChunkSet } from './chunk-set.js';
import type { Decision, SourceId } from './decision.js';
import { FarRule } from './far-rule.js';
import { RateMeter, SampleHistory } from './rate.js';
import { RequestLedger, type OpenRequest } from './request-ledger.js';
import type { DownloadSettings } from './settings.js';
import type { Source, Suspicion } from './source.js';
import { Tally, type WasteCause } from './tally.js';

export interface SwarmOptions {
  readonly chunkCount: number;
  /** Bytes of a chunk; all but the last are equal. */
  readonly chunkBytes: (index: number) => number;
  /** What is here already (copied). */
  readonly have: Bitfield;
  /** What is to be fetched; all when left out (copied). */
  readonly wanted?: Bitfield;
  /** The name of this peer among the sources of others; decides its share of what comes from far. */
  readonly self?: SourceId;
  readonly random: Random;
  /** What the receiver allows itself, bytes a second; asked whenever it matters. Unlimited when left out. */
  readonly limit?: () => number | undefined;
  readonly settings?: Partial<DownloadSettings>;
}

/** Time that the total rate remembers, milliseconds: a few windows. */
const RATE_SPAN = 500;

/**
 * Where every chunk is on its way. A wanted chunk is in exactly one of: held, being verified, asked (in the ledger),
 * pickable. The methods here move it; nothing else does.
 */
export class SwarmState {
  readonly have: Bitfield;
  readonly wanted: Bitfield;
  readonly verifying = new Map<number, SourceId>();
  readonly availability: Availability;
  readonly distance: FarRule;
  readonly ledger = new RequestLedger();
  readonly sources = new Map<SourceId, Source>();
  /** Those of them that grant. */
  readonly granters = new Set<Source>();
  readonly blame: Blame;
  readonly tally = new Tally();
  readonly meter = new RateMeter(RATE_SPAN);
  /** Chunk times of all sources together: what a source without a history of its own is measured by. */
  readonly chunkTimes: SampleHistory;
  /** Chunks whose every open request has stalled: to be asked elsewhere. */
  readonly toHedge = new Set<number>();
  /** Decisions that facts led to, for the next `decide`. */
  readonly pending: Decision[] = [];
  /** Wanted chunks that are not held. */
  missing = 0;
  /** Requests and ANYs open at sources that are not suspect; of those the ANYs. */
  live = 0;
  liveAny = 0;
  /** ... and those of `live` that are open at far sources. */
  liveFar = 0;
  /** When bytes came last, or the first request was made after a time with none open. */
  lastMoveAt = 0;
  /** When a source last did something. */
  progressAt = -Infinity;

  constructor(
    private readonly options: SwarmOptions,
    readonly settings: DownloadSettings,
  ) {
    this.have = options.have.clone();
    this.wanted = options.wanted?.clone() ?? Bitfield.full(options.chunkCount);
    this.availability = new Availability(options.chunkCount);
    this.distance = new FarRule(options.chunkCount, options.self ?? '', this.availability);
    this.blame = new Blame(settings, options.random);
    this.chunkTimes = new SampleHistory(settings.pooledLength);
    for (let chunk = 0; chunk < options.chunkCount; chunk++) {
      if (!this.needs(chunk)) continue;
      this.missing++;
      this.availability.setPickable(chunk);
    }
  }

  get chunkCount(): number {
    return this.options.chunkCount;
  }

  get random(): Random {
    return this.options.random;
  }

  /** What the receiver allows itself, bytes a millisecond. */
  get limit(): number | undefined {
    const limit = this.options.limit?.();
    return limit === undefined ? undefined : limit / 1_000;
  }

  bytesOf(chunk: number): number {
    return this.options.chunkBytes(chunk);
  }

  /** Bytes of an ordinary chunk. */
  get chunkBytes(): number {
    return this.chunkCount === 0 ? 1 : this.bytesOf(0);
  }

  needs(chunk: number): boolean {
    return this.wanted.has(chunk) && !this.have.has(chunk);
  }

  /** True when a whole copy of the chunk would be kept. */
  lacks(chunk: number): boolean {
    return this.needs(chunk) && !this.verifying.has(chunk);
  }

  add(source: Source): void {
    this.sources.set(source.id, source);
    this.show(source, source.has, source.granting);
  }

  /** What a source has from now on. */
  show(source: Source, has: ChunkSet, granting: boolean): void {
    this.distance.remove(source);
    source.has = has;
    source.granting = granting;
    if (granting) this.granters.add(source);
    else this.granters.delete(source);
    this.distance.add(source);
  }

  /** Its requests are free and its chunks count no longer. */
  remove(source: Source): void {
    this.distance.remove(source);
    this.granters.delete(source);
    for (const request of [...this.ledger.at(source.id).values()]) this.abandon(request, 'lost');
    while (source.anyAskedAt.length > 0) this.closeAny(source);
    this.sources.delete(source.id);
  }

  open(source: Source, chunk: number, askedAt: number): OpenRequest {
    this.availability.unsetPickable(chunk);
    this.toHedge.delete(chunk);
    this.startWaiting(source, askedAt);
    if (!source.isSuspect) this.countLive(source, 1);
    return this.ledger.open(source.id, chunk, this.bytesOf(chunk), askedAt);
  }

  openAny(source: Source, now: number): void {
    this.startWaiting(source, now);
    source.anyAskedAt.push(now);
    this.countAny(source, 1);
  }

  /** Takes the oldest ANY off; when it was asked, or undefined when none is open. */
  closeAny(source: Source): number | undefined {
    const askedAt = source.anyAskedAt.shift();
    if (askedAt !== undefined) this.countAny(source, -1);
    this.stopWaiting(source);
    return askedAt;
  }

  /** The source does something: bytes, a NONE or a refusal. */
  progressed(source: Source, now: number): void {
    this.progressAt = now;
    source.lastProgressAt = now;
    source.stallsInARow = 0;
    if (source.suspicion === 'quiet') this.setSuspicion(source, 'none');
  }

  setSuspicion(source: Source, suspicion: Suspicion): void {
    const change = Number(source.isSuspect) - Number(suspicion !== 'none');
    this.countLive(source, change * (this.openAt(source) + source.anyAskedAt.length));
    this.liveAny += change * source.anyAskedAt.length;
    source.suspicion = suspicion;
  }

  /** A request is over without its chunk. What came of it is wasted; the chunk is free again if nobody else is asked. */
  abandon(request: OpenRequest, cause: WasteCause): void {
    this.tally.waste(cause, request.received);
    this.close(request);
    this.release(request.chunk);
  }

  cancel(request: OpenRequest): void {
    const source = this.sources.get(request.source);
    if (source !== undefined) {
      if (source.current === request) source.strayBytes = request.received;
      source.addStray(request.chunk);
    }
    this.pending.push({ kind: 'cancel', source: request.source, chunk: request.chunk });
    this.abandon(request, 'cancelled');
  }

  /** Takes a request out of the ledger; its bytes and its chunk are the caller's to place. */
  close(request: OpenRequest): void {
    this.ledger.close(request);
    const source = this.sources.get(request.source);
    if (source === undefined) return;
    if (source.current === request) source.current = undefined;
    if (!source.isSuspect) this.countLive(source, -1);
    this.stopWaiting(source);
  }

  /** Puts a chunk back among the pickable ones, or among those to hedge, if that is where it belongs now. */
  release(chunk: number): void {
    const copies = this.ledger.copiesOf(chunk);
    const isAsked = copies.length > 0;
    if (isAsked && copies.every((copy) => copy.stalled)) this.toHedge.add(chunk);
    else this.toHedge.delete(chunk);
    if (!isAsked && this.lacks(chunk)) this.availability.setPickable(chunk);
  }

  /** Chunks open at a source, ANYs not included. */
  openAt(source: Source): number {
    return this.ledger.at(source.id).size;
  }

  isIdle(source: Source): boolean {
    return this.openAt(source) === 0 && source.anyAskedAt.length === 0;
  }

  private countAny(source: Source, change: 1 | -1): void {
    if (source.isSuspect) return;
    this.countLive(source, change);
    this.liveAny += change;
  }

  private countLive(source: Source, change: number): void {
    this.live += change;
    if (!source.isNear) this.liveFar += change;
  }

  private startWaiting(source: Source, now: number): void {
    if (this.live === 0) this.lastMoveAt = Math.max(this.lastMoveAt, now);
    source.waitingSince ??= now;
    this.meter.start(now);
  }

  private stopWaiting(source: Source): void {
    if (this.isIdle(source)) source.waitingSince = undefined;
  }
}
