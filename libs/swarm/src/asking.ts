import type { Decision } from './decision.js';
import { endgameCopies } from './endgame.js';
import { bestRateOf, leastExpected, type Candidate } from './source-ranking.js';
import type { Source } from './source.js';
import type { SwarmState } from './swarm-state.js';
import { depthLimit, openLimit, windowSpan } from './window.js';

/** Decides what to ask of whom: late chunks again, then grants, then the rarest chunks, then the endgame's copies. */
export class Asking {
  constructor(private readonly state: SwarmState) {}

  decide(now: number): Decision[] {
    const round = new AskingRound(this.state, now);
    round.hedge();
    round.askAny();
    round.askMissing();
    round.endgame();
    return round.decisions;
  }

  /** The earliest time at which `decide` may ask something if nothing happens until then. */
  nextAt(now: number): number {
    const { state } = this;
    let next = Infinity;
    for (const source of state.sources.values()) {
      if (source.isSuspect && source.candidates > 0 && state.isIdle(source)) {
        next = Math.min(next, source.suspectSince + state.settings.probeAfterMs);
      }
      if (source.granting && source.noAnyBefore > now) next = Math.min(next, source.noAnyBefore);
    }
    return next;
  }
}

/** One look at all sources and the requests that follow from it. */
export class AskingRound {
  readonly decisions: Decision[] = [];
  /** Chunks and ANYs open at sources that are not suspect. */
  private live = 0;
  private anyLive = 0;
  private readonly limit: number;
  private readonly bestRate: number;

  constructor(
    private readonly state: SwarmState,
    private readonly now: number,
  ) {
    for (const source of state.sources.values()) {
      if (source.isSuspect) continue;
      this.live += this.openAt(source);
      this.anyLive += source.anyAskedAt.length;
    }
    this.limit = openLimit(state.meter.at(now), this.meanSpan(), state.chunkBytes, state.settings);
    this.bestRate = bestRateOf(state.sources.values());
  }

  /** Asks for chunks whose every request is late at someone who is not. */
  hedge(): void {
    if (this.state.toHedge.size === 0) return;
    for (const chunk of [...this.state.toHedge]) {
      if (this.live >= this.limit) return;
      this.askOneOf(chunk, this.othersFor(chunk));
    }
  }

  /** Keeps ANY requests open at granting seeders while chunks are missing that no request covers (R2). */
  askAny(): void {
    for (const source of this.state.sources.values()) {
      if (!source.granting || source.isSuspect || this.now < source.noAnyBefore) continue;
      if (this.state.wanted.count < this.state.chunkCount) continue;
      const depth = Math.min(this.depthOf(source), this.state.settings.anyMax);
      while (this.openAt(source) < depth && this.mayAskAny()) {
        this.state.openAny(source, this.now);
        this.decisions.push({ kind: 'request-any', source: source.id });
        this.live++;
        this.anyLive++;
      }
    }
  }

  /** Asks the source with the least expected time for its rarest chunk, until the window is full (R4, R5, R6). */
  askMissing(): void {
    while (this.live < this.limit) {
      const best = this.best(this.candidates());
      const chunk = best && this.state.availability.rarest(best.source, this.state.random);
      if (best === undefined || chunk === undefined) return;
      this.ask(best.source, chunk);
    }
  }

  /** Asks a second source when all that is missing is asked for (R10). */
  endgame(): void {
    if (this.state.missing === 0 || this.state.availability.pickable.count > this.anyLive) return;
    for (const chunk of [...this.state.ledger.chunks()]) {
      if (this.live >= this.limit) return;
      const helper = endgameCopies(this.state, chunk, this.best(this.othersFor(chunk)), this.bestRate);
      if (helper !== undefined) this.ask(helper.source, chunk);
    }
  }

  /** Window span over all sources, each weighing as much as it delivers. */
  private meanSpan(): number {
    let rates = 0;
    let sum = 0;
    for (const source of this.state.sources.values()) {
      const rate = source.rate.value ?? 0;
      rates += rate;
      sum += rate * windowSpan(source.roundTrip, this.state.settings);
    }
    return rates === 0 ? this.state.settings.windowMs : sum / rates;
  }

  private mayAskAny(): boolean {
    return this.live < this.limit && this.state.availability.pickable.count > this.anyLive;
  }

  private *candidates(): Iterable<Candidate> {
    for (const source of this.state.sources.values()) {
      if (source.candidates > 0 && this.hasRoom(source)) yield { source, open: this.openAt(source) };
    }
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

  private askOneOf(chunk: number, candidates: Iterable<Candidate>): void {
    if (this.state.ledger.copiesOf(chunk).length >= this.state.settings.copiesHardMax) return;
    const best = this.best(candidates);
    if (best !== undefined) this.ask(best.source, chunk);
  }

  private ask(source: Source, chunk: number): void {
    this.state.open(source, chunk, this.now);
    this.decisions.push({ kind: 'request', source: source.id, chunk });
    this.live++;
  }

  private hasRoom(source: Source): boolean {
    return source.isSuspect ? this.mayProbe(source) : this.openAt(source) < this.depthOf(source);
  }

  /** A suspect gets one chunk after a while, or at once when nothing is open anywhere else. */
  private mayProbe(source: Source): boolean {
    if (!this.state.isIdle(source)) return false;
    return this.live === 0 || this.now >= source.suspectSince + this.state.settings.probeAfterMs;
  }

  private depthOf(source: Source): number {
    if (this.state.blame.isOnParole(source.id)) return 1;
    const span = windowSpan(source.roundTrip, this.state.settings);
    return depthLimit(source.rate.value, span, this.state.chunkBytes, this.state.settings);
  }

  private openAt(source: Source): number {
    return this.state.ledger.at(source.id).size + source.anyAskedAt.length;
  }
}
