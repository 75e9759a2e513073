import { KIB, MIB } from '#core';

/** Bytes up to which a read or write may be quick: copying a MiB from or to the page cache takes about 0.15 ms. */
const QUICK_BYTES = 1 * MIB;
/** Quick ones may take this share of the time, counted anew every `WINDOW_MS`; more means that they wait for the disk. */
const SHARE_MAX = 0.5;
const WINDOW_MS = 250;
/** Then all take the long way for so long; it doubles each time up to the maximum, and starts over after `FORGET_WINDOWS`. */
const PAUSE_MS = 1_000;
const PAUSE_MAX_MS = 64_000;
const FORGET_WINDOWS = 40;
/**
 * Bytes of one turn of the event loop after which the long way is taken, so that it comes to an end: with their digests about 50 ms.
 * Not a time: a turn is long, too, where other processes have the processor. Each operation counts for something.
 */
const TURN_BYTES = 32 * MIB;
const OPERATION_BYTES = 16 * KIB;

/**
 * Decides whether an operation on a local file is done at once, in this thread, instead of by a helper thread. Handing 64 KiB
 * over and back costs 40 to 60 microseconds of CPU, the copy itself 12 (measured). But what is not in the page cache waits
 * for the disk, and everybody waits with it. So what counts is the share of time that quick operations take: from the cache it
 * is small, however busy the processor is; from a slow disk it is nearly all, and then the long way is taken for a while.
 *
 * Who awaits what was done at once goes on in the same turn of the event loop: a loop over the chunks of a large file would be one turn,
 * with nothing between. So a turn that has moved `TURN_BYTES` is ended by the long way.
 */
export class QuickTurns {
  private windowEnds = -Infinity;
  private spent = 0;
  private goodWindows = 0;
  private pausedUntil = -Infinity;
  private turnBytes = 0;
  private pause = PAUSE_MS;

  /**
   * @param now milliseconds, monotonic
   * @param atTurnEnd calls back when this turn of the event loop is over
   */
  constructor(
    private readonly now: () => number,
    private readonly atTurnEnd: (ended: () => void) => void,
  ) {}

  /** Runs `quick` if this is the time for it, else `long`. */
  run<T>(bytes: number, quick: () => T, long: () => Promise<T>): Promise<T> {
    const startedAt = this.now();
    if (bytes > QUICK_BYTES || startedAt < this.pausedUntil || this.isLongTurn(bytes)) return long();
    if (startedAt >= this.windowEnds) this.openWindow(startedAt);
    try {
      return Promise.resolve(quick());
    } catch (error) {
      return Promise.reject(error as Error);
    } finally {
      this.took(startedAt);
    }
  }

  private isLongTurn(bytes: number): boolean {
    if (this.turnBytes === 0) this.atTurnEnd(() => (this.turnBytes = 0));
    this.turnBytes += Math.max(bytes, OPERATION_BYTES);
    return this.turnBytes > TURN_BYTES;
  }

  private openWindow(now: number): void {
    this.windowEnds = now + WINDOW_MS;
    this.spent = 0;
    if (++this.goodWindows === FORGET_WINDOWS) this.pause = PAUSE_MS;
  }

  private took(startedAt: number): void {
    const now = this.now();
    this.spent += now - startedAt;
    if (this.spent <= SHARE_MAX * WINDOW_MS) return;
    this.pausedUntil = now + this.pause;
    this.pause = Math.min(PAUSE_MAX_MS, 2 * this.pause);
    this.goodWindows = 0;
    this.windowEnds = -Infinity;
  }
}
