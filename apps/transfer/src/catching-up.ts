import type { DistributionRegistry } from '#registry';
import type { Steps } from './ports.js';

/** Distributions read at once. */
const PAGE = 100;

/**
 * At the start of a process: every distribution that still runs gets its first step again, and the outbox is emptied, so
 * that nothing depends on a job that was lost with Redis or that gave up.
 */
export class CatchingUp {
  constructor(
    private readonly distributions: DistributionRegistry,
    private readonly steps: Steps,
  ) {}

  async run(): Promise<void> {
    await this.steps.add({ kind: 'announce', distributionId: 'all' });
    for (let after: string | undefined; ;) {
      const page = await this.distributions.list(after, PAGE);
      for (const { id, state } of page) {
        if (state === 'running') await this.steps.add({ kind: 'start', distributionId: id });
      }
      if (page.length < PAGE) return;
      after = page[page.length - 1]?.id;
    }
  }
}
