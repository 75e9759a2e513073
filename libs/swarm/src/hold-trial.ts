import type { UploadSettings } from './settings.js';

/**
 * Whether holding a lower priority back costs nothing. Nobody can see if a connection is slow because the uplink is full or
 * because its receiver is slow; so it is tried: what is acknowledged while nobody is held back, and what while somebody is. Only
 * as long as that is nearly the same, the uplink was full without the lower one.
 */
export class HoldTrial {
  private isHolding = false;
  private lookAt = -Infinity;
  private startedAt = 0;
  private acknowledgedBefore = 0;
  /** Bytes a millisecond while nobody was held back. */
  private freeRate = 0;
  private looksLeft = 0;

  constructor(private readonly settings: UploadSettings) {}

  /** Call it whenever somebody could be held back. `acknowledged`: bytes in all; `spanMs`: enough for some of them. */
  mayHold(now: number, acknowledged: number, spanMs: number): boolean {
    if (now < this.lookAt) return this.isHolding;
    const rate = (acknowledged - this.acknowledgedBefore) / Math.max(1, now - this.startedAt);
    // Nobody has asked for long: what was learnt is old.
    const isStale = now > this.lookAt + spanMs;
    if (isStale) this.free(1);
    else if (this.isHolding) this.judge(rate);
    else this.judgeFree(rate);
    this.startedAt = now;
    this.acknowledgedBefore = acknowledged;
    this.lookAt = now + spanMs;
    return this.isHolding;
  }

  private judge(rate: number): void {
    if (rate < this.freeRate * this.settings.holdShare) this.free(this.settings.holdLooks * 2);
    else if (--this.looksLeft <= 0) this.free(1);
  }

  private judgeFree(rate: number): void {
    this.freeRate = rate;
    if (--this.looksLeft > 0) return;
    this.isHolding = true;
    this.looksLeft = this.settings.holdLooks;
  }

  private free(looks: number): void {
    this.isHolding = false;
    this.looksLeft = looks;
  }
}
