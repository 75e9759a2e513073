/**
 * Wakes its owner at the earliest moment that was asked for, or up to a millisecond later. Asking for a later moment, or for
 * none, changes nothing until then: the owner is woken early, finds nothing to do and asks again. So a deadline that moves with
 * every chunk costs one timer now and then instead of one a chunk.
 */
export class WakeTimer {
  private timer: NodeJS.Timeout | undefined;
  private wakesAt = Infinity;

  /** @param now milliseconds, monotonic */
  constructor(
    private readonly wake: () => void,
    private readonly now: () => number,
  ) {}

  /** `undefined`: nothing to wake for. */
  at(moment: number | undefined): void {
    if (moment === undefined || moment >= this.wakesAt) return;
    clearTimeout(this.timer);
    this.wakesAt = moment;
    this.timer = setTimeout(() => this.ring(), Math.max(1, moment - this.now()));
  }

  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.wakesAt = Infinity;
  }

  private ring(): void {
    this.stop();
    this.wake();
  }
}
