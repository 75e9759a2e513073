const STEP_PERCENT = 10;
const SHORTEST_MS = 1_000;
const LONGEST_MS = 10_000;

/**
 * When a log gets its next progress line: with every tenth of the way, but never twice within a second, and at least
 * every ten seconds, so that a long download is neither silent nor a flood.
 */
export class Pace {
  private lastAt: number | undefined;
  private lastStep = 0;

  due(now: number, percent: number): boolean {
    const step = Math.floor(percent / STEP_PERCENT);
    const since = this.lastAt === undefined ? Infinity : now - this.lastAt;
    if (since < SHORTEST_MS || (step === this.lastStep && since < LONGEST_MS)) return false;
    this.lastAt = now;
    this.lastStep = step;
    return true;
  }
}
