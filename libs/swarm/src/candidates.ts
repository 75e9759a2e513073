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
  side: 'near' | 'far';
  /** Only other peers told of this address. */
  isHearsay: boolean;
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

/**
 * Incomplete sources in other racks that there is always room for: the way for what no near peer has. All others are near
 * ones as far as there are any: who knows its whole rack knows which chunks are its own to fetch from far.
 */
const FAR_MIN = 4;

/** Everybody who may have chunks of a file, and who of them to dial. Facts in, decisions out. */
export class Candidates<A extends DialAddress = DialAddress> {
  private readonly all = new Map<PeerId, Candidate<A>>();
  /** Without anything to ask for, more incomplete sources are tried than are good otherwise. */
  private hungry = false;

  constructor(
    private readonly self: PeerId,
    private readonly limits: CandidateLimits,
    /** Whether a host is in the same rack; all are when left out. */
    private readonly isNear: (address: A) => boolean = () => true,
  ) {}

  get(peerId: PeerId): Candidate<A> | undefined {
    return this.all.get(peerId);
  }

  /**
   * From an anchor, or from the peer itself. A newer address replaces an older one and is tried at once. Past the cap, who is
   * not connected makes room.
   */
  add(address: A): void {
    this.take(address, false);
  }

  /**
   * From other peers, who may be wrong or lie: replaces no address that was proven or is of use, however new it claims to
   * be, and nobody but such ones makes room for it.
   */
  hearOf(address: A): void {
    this.take(address, true);
  }

  private take(address: A, isHearsay: boolean): void {
    if (address.peerId === this.self || address.port === 0 || address.host === '') return;
    const known = this.all.get(address.peerId);
    const side = this.isNear(address) ? 'near' : 'far';
    if (known !== undefined) {
      if (isBetter(address, isHearsay, known)) renew(known, address, side, isHearsay);
      return;
    }
    if (this.all.size >= this.limits.candidates && !this.makeRoom(isHearsay)) return;
    this.all.set(address.peerId, {
      address,
      side,
      isHearsay,
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
    const room = this.room();
    for (const candidate of this.all.values()) {
      if (room.sources === 0) break;
      if (candidate.state !== 'idle' || candidate.retryAt > now) continue;
      if (!candidate.complete && room[candidate.side]-- <= 0) continue;
      candidate.state = 'dialling';
      room.sources--;
      chosen.push(candidate);
    }
    this.hungry = false;
    return chosen;
  }

  /** How many may be dialled: in all, and of the incomplete ones near and far. */
  private room(): { sources: number; near: number; far: number } {
    const known = { near: 0, far: 0 };
    const busy = { near: 0, far: 0 };
    let connected = 0;
    for (const { state, complete, side } of this.all.values()) {
      if (state !== 'idle') connected++;
      if (complete) continue;
      known[side]++;
      if (state !== 'idle') busy[side]++;
    }
    const most = this.hungry ? this.limits.sources : this.limits.partialSources;
    return {
      sources: Math.max(0, this.limits.sources - connected),
      near: most - Math.min(known.far, FAR_MIN, most) - busy.near,
      far: most - Math.min(known.near, most - Math.min(FAR_MIN, most)) - busy.far,
    };
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

  /** Hearsay goes first, and for hearsay nobody else does; a ban is kept as long as there is another way. */
  private makeRoom(isHearsay: boolean): boolean {
    const goes = [
      (one: Candidate): boolean => one.isHearsay && one.barredUntil === 0,
      (one: Candidate): boolean => !isHearsay && one.barredUntil === 0,
      (): boolean => !isHearsay,
    ];
    for (const mayGo of goes) {
      for (const [peerId, one] of this.all) {
        if (one.state === 'idle' && mayGo(one)) return this.all.delete(peerId);
      }
    }
    return false;
  }
}

const isBetter = (address: DialAddress, isHearsay: boolean, known: Candidate): boolean => {
  if (isHearsay) return known.unreachable && address.incarnation >= known.address.incarnation;
  return known.isHearsay || address.incarnation >= known.address.incarnation;
};

const renew = <A extends DialAddress>(
  known: Candidate<A>,
  address: A,
  side: Candidate['side'],
  isHearsay: boolean,
): void => {
  const { address: old } = known;
  const moved = address.host !== old.host || address.port !== old.port;
  if (moved || address.incarnation !== old.incarnation) {
    known.failures = 0;
    if (known.state === 'idle') known.retryAt = known.barredUntil;
  }
  known.address = address;
  known.side = side;
  known.isHearsay = isHearsay;
};
