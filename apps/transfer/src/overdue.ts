import type { DistributionRegistry } from '#registry';
import { eachDistribution } from './each-distribution.js';
import type { Scheduling } from './scheduling.js';

/** Running distributions get what is due by now once more, so that none waits for ever for a step that was lost. */
export class Overdue {
  constructor(
    private readonly distributions: Pick<DistributionRegistry, 'list'>,
    private readonly scheduling: Pick<Scheduling, 'overdue'>,
  ) {}

  async run(): Promise<void> {
    for await (const distribution of eachDistribution(this.distributions)) {
      await this.scheduling.overdue(distribution);
    }
  }
}
