import { DEFAULT_PRIORITY } from '#core';
import { PayLine } from './pay-line.js';
import type { StopFlag } from './stop-flag.js';
import { TokenBucket } from './token-bucket.js';

/**
 * A limit of bytes a second that callers wait at: those of one priority first come, first served, different ones in
 * proportion to their weights. Unlimited, nobody waits.
 */
export class RateGate {
  private readonly bucket: TokenBucket;
  private readonly line = new PayLine();
  private timer: NodeJS.Timeout | undefined;

  /** @param now milliseconds, monotonic */
  constructor(now: () => number, rate?: number) {
    this.bucket = new TokenBucket(now, rate);
  }

  get bytesPerSecond(): number | undefined {
    return this.bucket.bytesPerSecond;
  }

  /** Undefined lifts the limit; who waits goes on at the new rate at once. */
  setRate(rate: number | undefined): void {
    this.bucket.setRate(rate);
    clearTimeout(this.timer);
    this.timer = undefined;
    this.serve();
  }

  /** Waits until nothing is owed, then takes `bytes`. Returns early when the flag is raised, without taking. */
  pay(bytes: number, stop?: StopFlag, priority = DEFAULT_PRIORITY): Promise<void> {
    if (stop?.isRaised === true) return Promise.resolve();
    if (this.isFree) {
      this.bucket.take(bytes);
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      const payer = {
        ...{ bytes, priority },
        go: () => {
          stop?.onRaised(undefined);
          resolve();
        },
      };
      this.line.join(payer);
      stop?.onRaised(() => {
        if (this.line.leave(payer)) payer.go();
      });
      this.arm();
    });
  }

  /**
   * For bytes that came already: stop reading until it resolves; undefined: go on. While others wait these bytes wait for
   * their turn, too; so who reads is one reading ahead and back in line when the next turn is given.
   */
  took(bytes: number, priority = DEFAULT_PRIORITY): Promise<void> | undefined {
    if (!this.isFree) return this.pay(bytes, undefined, priority);
    return this.bucket.take(bytes) > 0 ? this.pay(0, undefined, priority) : undefined;
  }

  /** Lets everybody go. */
  stop(): void {
    this.setRate(undefined);
  }

  /** Nobody waits and nothing is owed. */
  private get isFree(): boolean {
    return this.line.isEmpty && this.bucket.waitMs() === 0;
  }

  private serve(): void {
    this.timer = undefined;
    while (this.bucket.waitMs() === 0) {
      const payer = this.line.next();
      if (payer === undefined) return;
      this.bucket.take(payer.bytes);
      payer.go();
    }
    this.arm();
  }

  private arm(): void {
    if (this.line.isEmpty || this.timer !== undefined) return;
    this.timer = setTimeout(() => this.serve(), this.bucket.waitMs());
  }
}
