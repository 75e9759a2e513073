import type { Decision } from './decision.js';
import { isWorthCopying, mayGetCopy } from './endgame.js';
import { bestRateOf, leastExpected, type Candidate } from './source-ranking.js';
import type { Source } from './source.js';
import type { SwarmState } from './swarm-state.js';
import { depthLimit, openCap, openLimit, windowSpan } from './window.js';

/**
 * Decides what to ask of whom: late chunks again, then grants, then the rarest chunks, then the endgame's copies.
 * Costs nothing while the window is full; else O(sources) per request.
 */
export class Asking {
  private decisions: Decision[] = [];
  private now = 0;
  /** Chunks that may be open in all, and the best rate of a source; measured at most every `measureEveryMs`. */
  private limit = 0;
  private bestRate = 1;
  private measuredAt = -Infinity;
  private stillSince: number | undefined;
  /** When the endgame wants to look again although nothing happened: a source may pause. */
  wakeAt = Infinity;

  constructor(private readonly state: SwarmState) {}

  decide(now: number): Decision[] {
    this.now = now;
    this.decisions = [];
    this.wakeAt = Infinity;
    if (this.isMeasureDue) this.measure();
    if (this.isFull) return this.decisions;
    this.ask();
    if (this.standsStill()) this.state.distance.relaxed(() => this.ask());
    return this.decisions;
  }

  private ask(): void {
    this.hedge();
    this.askAny();
    this.askMissing();
    this.endgame();
  }

  /** Little was open for too long although far sources may have what is missing: somebody near does not keep up. */
  private standsStill(): boolean {
    const { live, distance, settings } = this.state;
    if (2 * live > this.limit || !distance.isActive) {
      this.stillSince = undefined;
      return false;
    }
    this.stillSince ??= this.now;
    if (this.now - this.stillSince < settings.farPatienceMs) return false;
    this.stillSince = undefined;
    return true;
  }

  /** Rates change when sources do something; while none does they only fade. */
  private get isMeasureDue(): boolean {
    const { progressAt, settings } = this.state;
    const age = this.now - this.measuredAt;
    if (age >= settings.measureWithinMs) return true;
    return age >= settings.measureEveryMs && progressAt > this.measuredAt;
  }

  private measure(): void {
    const { state } = this;
    this.measuredAt = this.now;
    this.limit = openLimit(state.meter.at(this.now), this.meanSpan(), state.chunkBytes, state.settings);
    this.bestRate = bestRateOf(state);
  }

  /** Window span over all sources, each weighing as much as it delivers. */
  private meanSpan(): number {
    let rates = 0;
    let sum = 0;
    for (const source of this.state.sources.values()) {
      const rate = source.rate ?? 0;
      rates += rate;
      sum += rate * windowSpan(source.roundTrip, this.state.settings);
    }
    return rates === 0 ? this.state.settings.windowMs : sum / rates;
  }

  /**
   * Where a rack is here, what is open at far sources leaves the window to near ones, up to a second window: a chunk takes several times
   * as long from far, so a few such requests would fill the window while near sources have nothing to do. Both windows stay below the cap.
   */
  private get isFull(): boolean {
    const { live, liveFar, distance, chunkBytes, settings } = this.state;
    const aside = distance.isActive ? Math.min(liveFar, this.limit) : 0;
    return live - aside >= this.limit || live >= openCap(chunkBytes, settings);
  }

  /** Asks for chunks whose every request is late at someone who is not. */
  private hedge(): void {
    if (this.state.toHedge.size === 0) return;
    for (const chunk of [...this.state.toHedge]) {
      if (this.isFull) return;
      if (this.state.ledger.copiesOf(chunk).length >= this.state.settings.copiesHardMax) continue;
      const best = this.best(this.othersFor(chunk));
      if (best !== undefined) this.open(best.source, chunk);
    }
  }

  /**
   * Keeps a few ANY requests open at granting seeders while chunks are missing that no request covers, late ones included (a
   * granting seeder cannot be asked for them by number) (R2). Several seeders share them by expected time.
   */
  private askAny(): void {
    while (!this.isFull) {
      const best = this.best(this.granting(this.state.settings.depthMin));
      if (best === undefined) return;
      this.openAny(best.source);
    }
  }

  private get mayAskAny(): boolean {
    const { availability, toHedge, liveAny, granters, wanted } = this.state;
    return granters.size > 0 && wanted.isFull && availability.pickable.count + toHedge.size > liveAny;
  }

  /** Granting seeders with fewer than so many requests open. */
  private *granting(most: number): Iterable<Candidate> {
    if (!this.mayAskAny) return;
    for (const source of this.state.granters) {
      if (this.now < source.noAnyBefore) continue;
      if (!this.state.distance.mayAskAny(source)) continue;
      const open = this.openAt(source);
      if (open < Math.min(most, this.anyDepthOf(source))) yield { source, open };
    }
  }

  /** A suspect gets one ANY to try, as it would get one chunk. */
  private anyDepthOf(source: Source): number {
    if (!source.isSuspect) return Math.min(this.depthOf(source), this.state.settings.anyMax);
    return this.mayProbe(source) || this.state.live === 0 ? 1 : 0;
  }

  /**
   * Asks the source with the least expected time for its rarest chunk, until the window is full (R4, R5, R6). More ANYs than a few compete
   * like any request: a window full of them is filled by the seeder alone, which serves everybody, and would never grow.
   */
  private askMissing(): void {
    const { availability, random } = this.state;
    while (!this.isFull) {
      const best = this.best(this.candidates()) ?? this.lastResort();
      if (best === undefined) return;
      const chunk = availability.rarest(best.source, random);
      if (chunk !== undefined) this.open(best.source, chunk);
      else if (best.source.granting) this.openAny(best.source);
      else return;
      if (best.source.isSuspect) return;
    }
  }

  /** Asks a second source when all that is missing is asked for (R10); for a bounded number of the oldest at a time. */
  private endgame(): void {
    if (this.state.sources.size < 2 || this.state.availability.pickable.count > this.state.liveAny) return;
    this.wakeAt = this.now + this.state.settings.endgameEveryMs;
    let looks = this.state.settings.endgameLooks;
    const surroundings = { bestRate: this.bestRate, now: this.now };
    for (const chunk of this.state.ledger.chunks()) {
      if (this.isFull || looks-- === 0) return;
      if (!mayGetCopy(this.state, chunk, this.now)) continue;
      const helper = this.best(this.othersFor(chunk));
      if (helper === undefined || !isWorthCopying(this.state, chunk, helper, surroundings)) continue;
      this.open(helper.source, chunk);
    }
  }

  private *candidates(): Iterable<Candidate> {
    const { availability, settings, sources } = this.state;
    yield* this.granting(settings.anyMax);
    if (availability.pickable.count <= availability.unavailable) return;
    for (const source of sources.values()) {
      if (source.candidates > 0 && this.hasRoom(source)) yield { source, open: this.openAt(source) };
    }
  }

  /** A suspect without waiting, when nothing is open anywhere and nobody else has what is missing. */
  private lastResort(): Candidate | undefined {
    if (this.state.live > 0) return undefined;
    for (const source of this.state.sources.values()) {
      const mayAsk = source.candidates > 0 && this.now >= source.notBefore && this.state.isIdle(source);
      if (mayAsk && source.isSuspect) return { source, open: 0 };
    }
    return undefined;
  }

  /** Who else could send a chunk that is asked for already. */
  private *othersFor(chunk: number): Iterable<Candidate> {
    for (const source of this.state.sources.values()) {
      if (!source.has.has(chunk) || source.isSuspect || !this.hasRoom(source)) continue;
      if (this.state.ledger.find(source.id, chunk) === undefined) yield { source, open: this.openAt(source) };
    }
  }

  private best(candidates: Iterable<Candidate>): Candidate | undefined {
    const { settings, random, chunkBytes } = this.state;
    return leastExpected(candidates, chunkBytes, this.bestRate, settings.rankingJitter, random);
  }

  private openAny(source: Source): void {
    this.state.openAny(source, this.now);
    this.decisions.push({ kind: 'request-any', source: source.id });
  }

  private open(source: Source, chunk: number): void {
    this.state.open(source, chunk, this.now);
    this.decisions.push({ kind: 'request', source: source.id, chunk });
  }

  private hasRoom(source: Source): boolean {
    if (this.now < source.notBefore) return false;
    return source.isSuspect ? this.mayProbe(source) : this.openAt(source) < this.depthOf(source);
  }

  /** A suspect gets one chunk after a while. */
  private mayProbe(source: Source): boolean {
    return this.state.isIdle(source) && this.now >= source.suspectSince + this.state.settings.probeAfterMs;
  }

  private depthOf(source: Source): number {
    if (this.state.blame.isOnParole(source.id) || this.isSlow(source)) return 1;
    const span = windowSpan(source.roundTrip, this.state.settings);
    return depthLimit(source.rate, span, this.state.chunkBytes, this.state.settings);
  }

  /** Far slower than the best: a second chunk there would only wait. */
  private isSlow(source: Source): boolean {
    return source.rate !== undefined && source.rate * this.state.settings.slowFactor < this.bestRate;
  }

  private openAt(source: Source): number {
    return this.state.openAt(source) + source.anyAskedAt.length;
  }
}
