import type { Clock } from '#core';
import type { DistributionRegistry } from '#registry';
import { eachDistribution } from './each-distribution.js';
import type { Steps } from './ports.js';
import type { Scheduling } from './scheduling.js';

/** Who may run what ended within this time may not have been told to stop; milliseconds. */
const STOP_MS = 10 * 60_000;

/**
 * At the start of a process: every distribution that still runs gets what is due again, and the outbox is emptied, so
 * that nothing depends on a job that was lost with Redis or that gave up.
 */
export class CatchingUp {
  constructor(
    private readonly distributions: DistributionRegistry,
    private readonly steps: Steps,
    private readonly scheduling: Scheduling,
    private readonly clock: Clock,
  ) {}

  async run(): Promise<void> {
    const now = this.clock.now();
    // A step that runs just now, in another process, may have looked before what was lost.
    const why = `b${now}`;
    await this.steps.add({ kind: 'announce', distributionId: why });
    for await (const distribution of eachDistribution(this.distributions)) {
      const { state, finishedAt = 0 } = distribution;
      if (state === 'running' || finishedAt > now - STOP_MS) await this.scheduling.takeUp(distribution, why);
    }
  }
}
