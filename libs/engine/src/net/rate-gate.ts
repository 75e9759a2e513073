import type { StopFlag } from './stop-flag.js';
import { TokenBucket } from './token-bucket.js';

interface Waiter {
  readonly bytes: number;
  readonly go: () => void;
}

/** A limit of bytes a second that callers wait at, first come, first served. Unlimited, nobody waits. */
export class RateGate {
  private readonly bucket: TokenBucket;
  private readonly queue: Waiter[] = [];
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
  pay(bytes: number, stop?: StopFlag): Promise<void> {
    if (this.queue.length === 0 && this.bucket.waitMs() === 0) {
      this.bucket.take(bytes);
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      const waiter = {
        bytes,
        go: () => {
          stop?.onRaised(undefined);
          resolve();
        },
      };
      this.queue.push(waiter);
      stop?.onRaised(() => this.leave(waiter));
      this.arm();
    });
  }

  /** For bytes that came already. True when something is owed now: stop reading until `pay(0)` resolves. */
  took(bytes: number): boolean {
    return this.bucket.take(bytes) > 0;
  }

  /** Lets everybody go. */
  stop(): void {
    this.setRate(undefined);
  }

  private serve(): void {
    this.timer = undefined;
    while (this.queue.length > 0 && this.bucket.waitMs() === 0) {
      const { bytes, go } = this.queue.shift() as Waiter;
      this.bucket.take(bytes);
      go();
    }
    this.arm();
  }

  private arm(): void {
    if (this.queue.length === 0 || this.timer !== undefined) return;
    this.timer = setTimeout(() => this.serve(), this.bucket.waitMs());
  }

  private leave(waiter: Waiter): void {
    const at = this.queue.indexOf(waiter);
    if (at < 0) return;
    this.queue.splice(at, 1);
    waiter.go();
  }
}
