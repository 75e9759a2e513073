/** First and longest wait before a restart, milliseconds. */
export const RESTART_FIRST_MS = 500;
export const RESTART_LONGEST_MS = 30_000;
/** A process that ran so long was well: its next restart is the first again. */
const WELL_MS = 60_000;

/** How long to wait before the next restart of a process that keeps ending: doubles each time. */
export class Backoff {
  private failures = 0;

  /** @param ranMs how long it ran until it ended */
  next(ranMs: number): number {
    if (ranMs >= WELL_MS) this.failures = 0;
    return Math.min(RESTART_LONGEST_MS, RESTART_FIRST_MS * 2 ** this.failures++);
  }
}
