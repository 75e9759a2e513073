import { between } from './blame.js';
import { deadlineOf, oldestLive, uselessAt, type Deadline } from './deadline.js';
import type { Decision } from './decision.js';
import type { Source } from './source.js';
import type { SwarmState } from './swarm-state.js';

/** Finds sources that stall (their chunks become free to ask elsewhere) and those that are no use any more. */
export class Watching {
  constructor(
    private readonly state: SwarmState,
    private readonly remove: (source: Source, now: number) => void,
  ) {}

  /** Marks what is past its deadline. */
  stalls(now: number): Decision[] {
    const decisions: Decision[] = [];
    const drainMs = this.drainMs();
    for (const source of this.state.sources.values()) {
      const deadline = this.deadline(source, drainMs);
      if (deadline === undefined || now < deadline.at) continue;
      this.suspect(source, deadline.then, now);
      decisions.push(...this.stallAll(source));
    }
    return decisions;
  }

  closes(now: number): Decision[] {
    const decisions: Decision[] = [];
    for (const source of [...this.state.sources.values()]) {
      const reason = this.reasonToClose(source, now);
      if (reason === undefined) continue;
      const banMs = between(this.state.settings.uselessBanMs, this.state.random);
      decisions.push({ kind: 'close', source: source.id, reason, banMs });
      this.remove(source, now);
    }
    return decisions;
  }

  /** The earliest time at which `stalls` or `closes` would find something if nothing happens until then. */
  nextAt(): number {
    let next = Infinity;
    const drainMs = this.drainMs();
    for (const source of this.state.sources.values()) {
      next = Math.min(
        next,
        this.deadline(source, drainMs)?.at ?? Infinity,
        this.useless(source)?.at ?? Infinity,
      );
    }
    return next;
  }

  private deadline(source: Source, drainMs: number): Deadline | undefined {
    const { ledger, settings, chunkBytes } = this.state;
    const asked = oldestLive(ledger.at(source.id));
    const any = source.isSuspect ? undefined : source.anyAskedAt[0];
    const since = asked === undefined ? any : Math.min(asked, any ?? Infinity);
    return deadlineOf(source, since, chunkBytes, drainMs, settings);
  }

  private useless(source: Source): { at: number; reason: string } | undefined {
    const owesChunks = this.state.ledger.at(source.id).size > 0;
    return uselessAt(source, owesChunks, this.state.chunkBytes, this.state.settings);
  }

  private reasonToClose(source: Source, now: number): string | undefined {
    if (source.stallsInARow >= this.state.settings.stallsMax) return 'silent';
    if (source.refusalsInARow >= this.state.settings.refusalsMax) return 'refuses what it announces';
    const useless = this.useless(source);
    return useless !== undefined && now >= useless.at ? useless.reason : undefined;
  }

  private suspect(source: Source, suspicion: 'quiet' | 'late', now: number): void {
    source.suspicion = suspicion;
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

  /** Milliseconds that all that is open, and not stalled, takes at the rate of the last bytes. */
  private drainMs(): number {
    const rate = this.state.meter.atLast;
    if (rate === 0) return 0;
    let bytes = 0;
    for (const source of this.state.sources.values()) {
      if (source.isSuspect) continue;
      bytes += (this.state.ledger.at(source.id).size + source.anyAskedAt.length) * this.state.chunkBytes;
    }
    return bytes / rate;
  }
}
