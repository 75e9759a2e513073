import type { Timers } from './ports.js';

/** Calls back once when nothing has moved for `limitMs`; never without a limit. */
export class StallWatch {
  private movedAt: number;
  private cancel: () => void = () => undefined;

  constructor(
    private readonly limitMs: number | undefined,
    private readonly timers: Timers,
    private readonly now: () => number,
    private readonly onStall: (limitMs: number) => void,
  ) {
    this.movedAt = now();
    this.watch();
  }

  moved(): void {
    this.movedAt = this.now();
  }

  stop(): void {
    this.cancel();
  }

  private watch(): void {
    if (this.limitMs === undefined) return;
    const left = this.limitMs - (this.now() - this.movedAt);
    if (left <= 0) this.onStall(this.limitMs);
    else this.cancel = this.timers.after(left, () => this.watch());
  }
}
