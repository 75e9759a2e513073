import type { Clock } from '#core';
import { planOf, type DistributionRegistry } from '#registry';
import type { Commanding } from './commanding.js';
import type { Scheduling } from './scheduling.js';

/** Rows started in one step; then other distributions, those of a higher priority first, have their turn. */
const TURN = 500;

/** The step that starts rows: the first ones, the next wave, those that try again. Doing it again sends what is not yet sent. */
export class Advancing {
  constructor(
    private readonly distributions: DistributionRegistry,
    private readonly commanding: Pick<Commanding, 'send'>,
    private readonly scheduling: Scheduling,
    private readonly clock: Clock,
  ) {}

  async run(distributionId: string): Promise<void> {
    const distribution = await this.distributions.get(distributionId);
    if (distribution === undefined || distribution.state !== 'running') return;
    const now = this.clock.now();
    const { concurrency, boundary, notBefore, giveUp } = planOf(distribution);
    if (giveUp !== undefined || now < notBefore) return this.scheduling.due(distribution);
    const limits = { concurrency, boundary, limit: TURN, now };
    const { rows, nextAt } = await this.distributions.claim(distributionId, limits);
    if (rows.length > 0) await this.commanding.send(distribution, rows);
    const after = await this.distributions.get(distributionId);
    if (after === undefined) return;
    // What was claimed and did not arrive makes room for the next.
    if (rows.length > 0) await this.scheduling.due(after);
    if (nextAt !== undefined) await this.scheduling.lookAgain(after, nextAt);
  }
}
