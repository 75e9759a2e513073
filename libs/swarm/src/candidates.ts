import type { PeerId } from '#core';

/** Where a source can be dialled. */
export interface DialAddress {
  readonly peerId: PeerId;
  readonly incarnation: number;
  readonly host: string;
  /** 0: it cannot be dialled. */
  readonly port: number;
}

export interface CandidateLimits {
  /** Sources that are connected or being dialled, at most. */
  readonly sources: number;
  /** ... of them incomplete ones. */
  readonly partialSources: number;
  /** Addresses remembered. */
  readonly candidates: number;
}

/** First wait before a source that failed is dialled again, and the longest one, milliseconds. */
const RETRY_MS = 1_000;
const RETRY_MAX_MS = 30_000;

export type CandidateState = 'idle' | 'dialling' | 'connected';

export interface Candidate<A extends DialAddress = DialAddress> {
  address: A;
  state: CandidateState;
  /** It has everything. */
  complete: boolean;
  /** Not dialled before. */
  retryAt: number;
  /** ... and not before this whatever we hear of it: it was closed for a reason. */
  barredUntil: number;
  /** Dials in a row that led to nothing. */
  failures: number;
  /** ... because there was no connection to be had. */
  unreachable: boolean;
}

/** Everybody who may have chunks of a file, and who of them to dial. Facts in, decisions out. */
export class Candidates<A extends DialAddress = DialAddress> {
  private readonly all = new Map<PeerId, Candidate<A>>();
  /** Without anything to ask for, more incomplete sources are tried than are good otherwise. */
  private hungry = false;

  constructor(
    private readonly self: PeerId,
    private readonly limits: CandidateLimits,
  ) {}

  get(peerId: PeerId): Candidate<A> | undefined {
    return this.all.get(peerId);
  }

  /** A newer address replaces an older one and is tried at once. Past the cap, who is not connected makes room. */
  add(address: A): void {
    if (address.peerId === this.self || address.port === 0 || address.host === '') return;
    const known = this.all.get(address.peerId);
    if (known !== undefined) return renew(known, address);
    if (this.all.size >= this.limits.candidates && !this.makeRoom()) return;
    this.all.set(address.peerId, {
      address,
      state: 'idle',
      complete: false,
      retryAt: 0,
      barredUntil: 0,
      failures: 0,
      unreachable: false,
    });
  }

  /** Whom to dial now; they count as being dialled. In the order in which they were added. */
  toDial(now: number): Candidate<A>[] {
    const chosen: Candidate<A>[] = [];
    let connected = 0;
    let partial = 0;
    for (const candidate of this.all.values()) {
      if (candidate.state === 'idle') continue;
      connected++;
      if (!candidate.complete) partial++;
    }
    const partialMax = this.hungry ? this.limits.sources : this.limits.partialSources;
    for (const candidate of this.all.values()) {
      if (connected >= this.limits.sources) break;
      if (candidate.state !== 'idle' || candidate.retryAt > now) continue;
      if (!candidate.complete && partial >= partialMax) continue;
      candidate.state = 'dialling';
      connected++;
      if (!candidate.complete) partial++;
      chosen.push(candidate);
    }
    this.hungry = false;
    return chosen;
  }

  /**
   * Fewer incomplete sources are known than are good: a source that opens is asked at once whom it knows. Peers that start
   * together know none but the seeder, and everybody's first chunk comes from there: waiting to be starved costs
   * the whole first pass.
   */
  get wantsMore(): boolean {
    let partial = 0;
    for (const { complete } of this.all.values()) {
      if (!complete && ++partial > this.limits.partialSources) return false;
    }
    return true;
  }

  /** Nobody connected has what is missing. */
  seek(): void {
    this.hungry = true;
  }

  connected(candidate: Candidate, complete: boolean): void {
    candidate.state = 'connected';
    candidate.complete = complete;
    candidate.failures = 0;
    candidate.unreachable = false;
  }

  /** No connection came about, or the peer does not share the file. */
  failed(candidate: Candidate, now: number, unreachable: boolean): void {
    candidate.state = 'idle';
    candidate.unreachable = unreachable;
    candidate.retryAt = now + Math.min(RETRY_MAX_MS, RETRY_MS * 2 ** candidate.failures);
    candidate.failures++;
  }

  /** A connection ended; not dialled for `pauseMs`. */
  lost(candidate: Candidate, now: number, pauseMs: number = RETRY_MS): void {
    candidate.state = 'idle';
    candidate.retryAt = now + pauseMs;
  }

  /** Closed for a reason: not dialled for so long even when its address is new or it shows up here. */
  barred(candidate: Candidate, now: number, banMs: number): void {
    this.lost(candidate, now, banMs);
    candidate.barredUntil = candidate.retryAt;
  }

  /** It was seen alive, with this file open: no need to wait. */
  seen(peerId: PeerId): void {
    const candidate = this.all.get(peerId);
    if (candidate?.state === 'idle') candidate.retryAt = candidate.barredUntil;
  }

  /** Peers that are of no use now: they could not be dialled the last time, or are barred. */
  useless(now: number): PeerId[] {
    const isUseless = ({ unreachable, barredUntil }: Candidate): boolean => unreachable || barredUntil > now;
    return [...this.all].filter(([, candidate]) => isUseless(candidate)).map(([peerId]) => peerId);
  }

  /** When a wait of somebody ends; undefined when nobody waits. */
  nextAt(now: number): number | undefined {
    let next = Infinity;
    for (const { state, retryAt } of this.all.values()) {
      if (state === 'idle' && retryAt > now) next = Math.min(next, retryAt);
    }
    return next === Infinity ? undefined : next;
  }

  private makeRoom(): boolean {
    for (const [peerId, candidate] of this.all) {
      if (candidate.state !== 'idle') continue;
      return this.all.delete(peerId);
    }
    return false;
  }
}

const renew = <A extends DialAddress>(known: Candidate<A>, address: A): void => {
  const { address: old } = known;
  if (address.incarnation < old.incarnation) return;
  const moved = address.host !== old.host || address.port !== old.port;
  if (moved || address.incarnation > old.incarnation) {
    known.failures = 0;
    if (known.state === 'idle') known.retryAt = known.barredUntil;
  }
  known.address = address;
};
