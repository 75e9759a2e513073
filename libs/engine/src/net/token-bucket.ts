/** Time that unused rate is saved up for: long enough to bridge a timer that fires late. */
const BURST_MS = 100;
/** ... but at least one write, so that low rates move at all. */
const BURST_MIN = 16_384;

/**
 * A limit of bytes a second. Taking is always possible and may lead into debt; who takes then waits until it is paid, so
 * that the mean is exact whatever the size of the pieces. Without a rate it costs one comparison.
 */
export class TokenBucket {
  private tokens = 0;
  private countedAt: number;

  /** @param now milliseconds, monotonic */
  constructor(
    private readonly now: () => number,
    private rate?: number,
  ) {
    this.countedAt = now();
    this.tokens = this.burst;
  }

  get isLimited(): boolean {
    return this.rate !== undefined;
  }

  /** Bytes a second; undefined when unlimited. */
  get bytesPerSecond(): number | undefined {
    return this.rate;
  }

  /** Debts are kept; a higher rate pays them sooner. */
  setRate(rate: number | undefined): void {
    this.count();
    const wasLimited = this.isLimited;
    this.rate = rate;
    this.tokens = wasLimited ? Math.min(this.tokens, this.burst) : this.burst;
  }

  /** Takes `bytes`; returns how many milliseconds to wait before the next piece. */
  take(bytes: number): number {
    if (this.rate === undefined) return 0;
    this.count();
    this.tokens -= bytes;
    return this.waitMs();
  }

  /** Milliseconds until nothing is owed. */
  waitMs(): number {
    if (this.rate === undefined) return 0;
    this.count();
    return this.tokens >= 0 ? 0 : Math.ceil((-this.tokens * 1_000) / this.rate);
  }

  private get burst(): number {
    return this.rate === undefined ? 0 : Math.max(BURST_MIN, (this.rate * BURST_MS) / 1_000);
  }

  private count(): void {
    const now = this.now();
    if (this.rate !== undefined) {
      this.tokens = Math.min(this.burst, this.tokens + ((now - this.countedAt) * this.rate) / 1_000);
    }
    this.countedAt = now;
  }
}
