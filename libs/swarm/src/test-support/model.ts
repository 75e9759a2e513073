import type { Bitfield } from '#core';
import type { Arrival, Decision } from '../decision.js';
import type { DownloadSwarm } from '../download-swarm.js';

/** What the outside world believes of one source: a second set of books, kept as simply as possible. */
interface ModelSource {
  has: Set<number>;
  granting: boolean;
  readonly open: Set<number>;
  anys: number;
  readonly spoiled: Set<number>;
  busyUntil: number;
}

/**
 * Drives a `DownloadSwarm` with facts as an engine would and checks every decision against books of its own. A
 * contradiction is an Error.
 */
export class SwarmModel {
  readonly sources = new Map<string, ModelSource>();
  readonly verifying = new Map<number, string>();
  now = 0;

  constructor(
    private readonly swarm: DownloadSwarm,
    private readonly wanted: Bitfield,
  ) {}

  add(id: string, has: Bitfield, granting: boolean): void {
    // Who wants only some chunks asks a granting seeder by number: it has everything.
    const isAskedByNumber = granting && !this.wanted.isFull;
    this.sources.set(id, {
      has: new Set(isAskedByNumber ? [...Array(has.length).keys()] : has),
      granting,
      open: new Set(),
      anys: 0,
      spoiled: new Set(),
      busyUntil: 0,
    });
    this.swarm.addSource(id, { has, granting }, this.now);
  }

  remove(id: string): void {
    this.sources.delete(id);
    this.swarm.removeSource(id, this.now);
  }

  have(id: string, chunk: number): void {
    this.sources.get(id)?.has.add(chunk);
    this.swarm.sourceHas(id, [{ start: chunk, end: chunk + 1 }], this.now);
  }

  bitfield(id: string, has: Bitfield): void {
    const source = this.sources.get(id);
    if (source === undefined) return;
    source.has = new Set(has);
    source.granting = false;
    this.swarm.sourceBitfield(id, { has, granting: false }, this.now);
  }

  /** One of the chunks open at a source, chosen by a number. */
  openChunk(id: string, choice: number): number | undefined {
    const open = [...(this.sources.get(id)?.open ?? [])];
    return open[choice % Math.max(1, open.length)];
  }

  begin(id: string, chunk: number): Arrival {
    return this.swarm.chunkBegan(id, chunk, this.now);
  }

  grant(id: string, chunk: number): void {
    const source = this.sources.get(id);
    if (source === undefined || source.anys === 0 || source.open.has(chunk)) return;
    source.anys--;
    if (this.swarm.chunkBegan(id, chunk, this.now) === 'wanted') source.open.add(chunk);
  }

  arrive(id: string, chunk: number): void {
    const source = this.sources.get(id);
    const isOpen = source?.open.delete(chunk) === true;
    const verdict = this.swarm.chunkArrived(id, chunk, this.now);
    if (isOpen !== (verdict === 'wanted')) throw new Error(`chunk ${chunk} of ${id} is ${verdict}`);
    if (verdict === 'wanted') this.verifying.set(chunk, id);
  }

  settle(chunk: number, right: boolean): void {
    const id = this.verifying.get(chunk);
    if (id === undefined) return;
    this.verifying.delete(chunk);
    if (right) this.swarm.chunkVerified(id, chunk, this.now);
    else {
      this.sources.get(id)?.spoiled.add(chunk);
      this.swarm.chunkRejected(id, chunk, this.now);
    }
  }

  refuse(id: string, chunk: number, why: 'busy' | 'not-held'): void {
    const source = this.sources.get(id);
    if (source?.open.delete(chunk) !== true) return;
    if (why === 'not-held') source.has.delete(chunk);
    else source.busyUntil = this.now + 8_000;
    this.swarm.chunkRefused(id, chunk, this.now, why);
  }

  none(id: string): void {
    const source = this.sources.get(id);
    if (source === undefined || source.anys === 0) return;
    source.anys--;
    source.busyUntil = this.now + 8_000;
    this.swarm.noneToGrant(id, this.now);
  }

  /** Lets the swarm decide and checks it. */
  decide(): readonly Decision[] {
    const decisions = this.swarm.decide(this.now);
    for (const decision of decisions) this.follow(decision);
    this.swarm.checkInvariants();
    this.checkLiveness();
    const next = this.swarm.nextDecisionAt(this.now);
    if (next !== undefined && next < this.now) throw new Error(`the next decision is at ${next}, before now`);
    return decisions;
  }

  private follow(decision: Decision): void {
    switch (decision.kind) {
      case 'request':
        return this.followRequest(decision.source, decision.chunk);
      case 'request-any':
        return this.followAny(decision.source);
      case 'cancel':
        this.sources.get(decision.source)?.open.delete(decision.chunk);
        return;
      case 'stalled':
        if (this.sources.get(decision.source)?.open.has(decision.chunk) !== true) {
          throw new Error(`chunk ${decision.chunk} stalls at ${decision.source}, where it is not open`);
        }
        return;
      case 'close':
        this.sources.delete(decision.source);
        return;
      case 'seek-sources':
    }
  }

  private followRequest(id: string, chunk: number): void {
    const source = this.sources.get(id);
    const complain = (why: string): never => {
      throw new Error(`chunk ${chunk} is asked of ${id}, ${why}`);
    };
    if (source === undefined) return complain('who is not there');
    if (!source.has.has(chunk)) complain('who does not have it');
    if (source.open.has(chunk)) complain('where it is open');
    if (source.spoiled.has(chunk)) complain('who sent it wrong');
    if (!this.wanted.has(chunk)) complain('and not wanted');
    if (this.swarm.have.has(chunk) || this.verifying.has(chunk)) complain('and is here');
    source.open.add(chunk);
  }

  private followAny(id: string): void {
    const source = this.sources.get(id);
    if (source?.granting !== true) throw new Error(`ANY is asked of ${id}, who does not grant`);
    if (!this.wanted.isFull) throw new Error('ANY is asked although not all chunks are wanted');
    source.anys++;
  }

  /** While somebody who is not busy has a missing chunk, something is open or being verified. */
  private checkLiveness(): void {
    if (this.swarm.isComplete || this.verifying.size > 0) return;
    for (const source of this.sources.values()) if (source.open.size + source.anys > 0) return;
    for (const [id, source] of this.sources) {
      if (this.now < source.busyUntil) continue;
      for (const chunk of source.has) {
        const isMissing = this.wanted.has(chunk) && !this.swarm.have.has(chunk);
        if (isMissing && !source.spoiled.has(chunk))
          throw new Error(`${id} has ${chunk} and nothing is open`);
      }
      if (source.granting && this.wanted.isFull) throw new Error(`${id} grants and nothing is open`);
    }
  }
}
