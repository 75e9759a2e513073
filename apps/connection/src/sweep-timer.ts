import { jittered, type Random } from '#core';
import type { Log, Timers } from './ports.js';
import type { LeaseSweep } from './lease-sweep.js';
import type { Startable } from '#platform';

/** Runs the sweep every half lease, for ever; two anchors do not do it in step. */
export class SweepTimer implements Startable {
  private cancel: () => void = () => {};
  private stopped = false;

  constructor(
    private readonly sweep: Pick<LeaseSweep, 'run'>,
    private readonly leaseSeconds: () => number,
    private readonly around: { readonly timers: Timers; readonly random: Random; readonly log: Log },
  ) {}

  start(): void {
    const delay = jittered(this.leaseSeconds() * 500, 0.3, this.around.random);
    this.cancel = this.around.timers.after(delay, () => void this.run());
  }

  stop(): void {
    this.stopped = true;
    this.cancel();
  }

  private async run(): Promise<void> {
    try {
      await this.sweep.run();
    } catch (error) {
      this.around.log.warn({}, `the lease sweep failed: ${(error as Error).message}`);
    }
    if (!this.stopped) this.start();
  }
}
