import type { Bitfield } from '#core';
import { ChunkSet } from './chunk-set.js';
import type { Holder } from './availability.js';
import type { SourceId } from './decision.js';
import type { OpenRequest } from './request-ledger.js';
import { RateMeter, SampleHistory, WeightedMean } from './rate.js';
import type { DownloadSettings } from './settings.js';

/** What a source says about itself when it connects, and again when that changes. */
export interface SourceFacts {
  readonly has: Bitfield;
  /** It has everything, announces nothing and chooses what to give (R2). */
  readonly granting: boolean;
  /** Round trip as far as it is known when the connection opens, milliseconds; an upper bound. Guessed when left out. */
  readonly roundTripMs?: number;
  /** False: what comes from there crosses a link that many share (another rack). Near when left out. */
  readonly near?: boolean;
}

/** Bytes a millisecond that no source exceeds (8 Gbit/s): what a clock that stands still shows is not taken for more. */
const RATE_MAX = 1_000_000;

/** `quiet`: no bytes for too long. `late`: bytes trickle, no chunk ends. Neither is asked for more, except for a probe. */
export type Suspicion = 'none' | 'quiet' | 'late';

/** All that is known about one source. Changed by `SourceBook` and `DownloadSwarm` only. */
export class Source implements Holder {
  /** What may be asked for here. */
  has: ChunkSet;
  /** All that a far source has; only part of it may be asked for (far-rule.ts). */
  told: ChunkSet;
  readonly isNear: boolean;
  candidates = 0;
  granting: boolean;
  /** When each ANY that is open was asked, oldest first. */
  readonly anyAskedAt: number[] = [];
  /** The chunk whose bytes come now, whether they are kept or discarded. */
  receiving: number | undefined;
  /** Its request, when they are kept. */
  current: OpenRequest | undefined;
  /** Bytes of a chunk that is being discarded, as far as they were counted. */
  strayBytes = 0;
  /** How often a chunk was asked and cancelled: so many copies may still come and are no violation. */
  private readonly cancels = new Map<number, number>();
  /** Came with wrong bytes; never asked here again. */
  readonly spoiled = new Set<number>();

  /** Milliseconds a byte, of whole chunks, waiting included. Times are averaged, not rates: a coarse clock shows some as 0. */
  private readonly pace: WeightedMean;
  readonly meter = new RateMeter(1_000);
  /** Milliseconds between the end of one chunk (or the request, if later) and the end of the next. */
  readonly chunkTimes: SampleHistory;
  /** The least that was seen, milliseconds: what is above it were queues and busy processors. */
  roundTrip: number | undefined;
  private readonly guessMax: number;

  /** Bytes, a NONE or a refusal: the source does something. */
  lastProgressAt: number;
  lastArrivalAt: number;
  /** Since when something is open here without a break; undefined when nothing is. */
  waitingSince: number | undefined;
  suspicion: Suspicion = 'none';
  suspectSince = 0;
  stallsInARow = 0;
  refusalsInARow = 0;
  nonesInARow = 0;
  noAnyBefore = 0;
  /** It said that it is busy. */
  notBefore = 0;

  constructor(
    readonly id: SourceId,
    facts: SourceFacts,
    settings: DownloadSettings,
    now: number,
  ) {
    this.has = ChunkSet.from(facts.has);
    this.told = this.has;
    this.isNear = facts.near !== false;
    this.granting = facts.granting;
    this.pace = new WeightedMean(settings.rateWeight);
    this.chunkTimes = new SampleHistory(settings.historyLength);
    this.roundTrip = facts.roundTripMs;
    this.guessMax = settings.guessedRoundTripMax;
    this.lastProgressAt = now;
    this.lastArrivalAt = now;
  }

  /** A copy that was cancelled may still come. */
  mayStray(chunk: number): boolean {
    return this.cancels.has(chunk);
  }

  addStray(chunk: number): void {
    this.cancels.set(chunk, (this.cancels.get(chunk) ?? 0) + 1);
  }

  takeStray(chunk: number): void {
    const copies = this.cancels.get(chunk) ?? 0;
    if (copies > 1) this.cancels.set(chunk, copies - 1);
    else this.cancels.delete(chunk);
  }

  /** Bytes a millisecond that this source gives to us; undefined before its first chunk. */
  get rate(): number | undefined {
    return this.pace.value === undefined ? undefined : 1 / Math.max(1 / RATE_MAX, this.pace.value);
  }

  get isSuspect(): boolean {
    return this.suspicion !== 'none';
  }

  /** The first bytes answer a request: its age bounds the round trip from above. What may be an earlier copy says nothing. */
  answered(request: OpenRequest, now: number): void {
    if (this.mayStray(request.chunk)) return;
    this.roundTrip = Math.min(this.roundTrip ?? this.guessMax, now - request.askedAt);
  }

  /** A whole chunk came; returns the time it took. */
  completed(request: OpenRequest, now: number): number {
    const time = Math.max(0, now - Math.max(request.askedAt, this.lastArrivalAt));
    this.pace.add(time / request.bytes);
    this.chunkTimes.add(time);
    this.lastArrivalAt = now;
    this.refusalsInARow = 0;
    return time;
  }
}
