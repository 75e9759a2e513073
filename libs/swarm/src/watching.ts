import { between } from './blame.js';
import { deadlineOf, oldestLive, uselessAt, type Deadline, type Surroundings } from './deadline.js';
import type { Decision } from './decision.js';
import { Drain } from './drain.js';
import type { Source, Suspicion } from './source.js';
import type { SwarmState } from './swarm-state.js';

type Waits = Pick<Surroundings, 'drainMs' | 'limitMs'>;

/** Finds sources that stall (their chunks become free to ask elsewhere) and those that are no use any more. */
export class Watching {
  private reviewAt = -Infinity;

  constructor(private readonly state: SwarmState) {}

  /**
   * Marks what is past its deadline and closes what is no use. Looks at the sources only now and then (`nextAt`):
   * deadlines are half a second at least, and a look at every source for every fact would be the largest cost of all.
   */
  review(now: number): Decision[] {
    if (now < this.reviewAt) return [];
    const { watchEveryMs, watchWithinMs } = this.state.settings;
    const decisions: Decision[] = [];
    const drain = new Drain(this.state, now);
    let next = Infinity;
    for (const source of [...this.state.sources.values()]) {
      const waits = { drainMs: drain.besides(source), limitMs: drain.limitMs };
      decisions.push(...this.reviewSource(source, waits, now));
      const deadline = this.deadline(source, waits)?.at ?? Infinity;
      next = Math.min(next, deadline, this.useless(source, waits.limitMs)?.at ?? Infinity);
    }
    this.reviewAt = Math.min(now + watchWithinMs, Math.max(now + watchEveryMs, next));
    return decisions;
  }

  /** When `review` will look again. */
  get nextAt(): number {
    return this.state.sources.size === 0 ? Infinity : this.reviewAt;
  }

  private reviewSource(source: Source, waits: Waits, now: number): Decision[] {
    const deadline = this.deadline(source, waits);
    const isPast = deadline !== undefined && now >= deadline.at;
    if (isPast) this.suspect(source, deadline.then, now);
    const decisions = isPast ? this.stallAll(source) : [];
    const reason = this.reasonToClose(source, waits.limitMs, now);
    if (reason === undefined) return decisions;
    const banMs = between(this.state.settings.uselessBanMs, this.state.random);
    this.state.remove(source);
    return [...decisions, { kind: 'close', source: source.id, reason, banMs }];
  }

  private deadline(source: Source, waits: Waits): Deadline | undefined {
    const { ledger, settings, chunkBytes, chunkTimes } = this.state;
    const asked = oldestLive(ledger.at(source.id));
    const any = source.isSuspect ? undefined : source.anyAskedAt[0];
    const since = asked === undefined ? any : Math.min(asked, any ?? Infinity);
    return deadlineOf(source, since, { chunkBytes, settings, chunkTimes, ...waits });
  }

  private useless(source: Source, limitMs: number): { at: number; reason: string } | undefined {
    const { chunkBytes, settings, ledger } = this.state;
    return uselessAt(source, ledger.at(source.id).size > 0, { chunkBytes, settings, limitMs });
  }

  private reasonToClose(source: Source, limitMs: number, now: number): string | undefined {
    if (source.stallsInARow >= this.state.settings.stallsMax) return 'silent';
    if (source.refusalsInARow >= this.state.settings.refusalsMax) return 'refuses what it announces';
    const useless = this.useless(source, limitMs);
    return useless !== undefined && now >= useless.at ? useless.reason : undefined;
  }

  private suspect(source: Source, suspicion: Suspicion, now: number): void {
    this.state.setSuspicion(source, suspicion);
    source.suspectSince = now;
    source.stallsInARow++;
  }

  private stallAll(source: Source): Decision[] {
    const decisions: Decision[] = [];
    for (const request of this.state.ledger.at(source.id).values()) {
      if (request.stalled) continue;
      request.stalled = true;
      this.state.release(request.chunk);
      decisions.push({ kind: 'stalled', source: source.id, chunk: request.chunk });
    }
    return decisions;
  }
}
