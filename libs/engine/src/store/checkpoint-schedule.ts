import { MIB } from '#core';

export interface CheckpointLimits {
  /** Longest time that a written chunk waits for its checkpoint, milliseconds. */
  readonly milliseconds: number;
  /** Most bytes that wait. */
  readonly bytes: number;
}

/** What an interruption may cost: chunks after the last checkpoint are read again (a crash) or fetched again (power). */
export const CHECKPOINT_LIMITS: CheckpointLimits = { milliseconds: 2_000, bytes: 64 * MIB };

/**
 * When a part file wants its next checkpoint: 2 s after the first byte that none covers or after 64 MiB, whichever comes
 * first, and never while one runs. Decides only; times are milliseconds of one clock.
 */
export class CheckpointSchedule {
  private bytes = 0;
  private since: number | undefined;
  private running: { readonly bytes: number; readonly since: number | undefined } | undefined;

  constructor(private readonly limits: CheckpointLimits = CHECKPOINT_LIMITS) {}

  wrote(bytes: number, now: number): void {
    this.bytes += bytes;
    this.since ??= now;
  }

  /** Whether a checkpoint should start now. */
  isDue(now: number): boolean {
    const at = this.dueAt();
    return at !== undefined && now >= at;
  }

  /** When to look again; undefined while nothing waits or a checkpoint runs. */
  dueAt(): number | undefined {
    if (this.running !== undefined || this.since === undefined) return undefined;
    return this.bytes >= this.limits.bytes ? this.since : this.since + this.limits.milliseconds;
  }

  /** A checkpoint starts: what was written until now is its business. */
  started(): void {
    this.running = { bytes: this.bytes, since: this.since };
    this.bytes = 0;
    this.since = undefined;
  }

  /** It ended. After a failure what it was to cover waits again, from `now` on, so that failures do not spin. */
  ended(succeeded: boolean, now: number): void {
    if (!succeeded && this.running?.since !== undefined) {
      this.bytes += this.running.bytes;
      this.since = now;
    }
    this.running = undefined;
  }
}
