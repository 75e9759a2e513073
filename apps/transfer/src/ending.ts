import { ShoalError, type Clock } from '#core';
import type { ReplyBody } from '#contracts';
import { planOf, type DistributionRegistry, type EndOrder, type FollowRegistry } from '#registry';
import type { Announcing } from './announcing.js';
import type { Reading } from './reading.js';
import type { Scheduling } from './scheduling.js';

/** Ends distributions before their time, and starts them again. Who may run them is told to stop in a step of its own. */
export class Ending {
  constructor(
    private readonly registries: {
      readonly distributions: DistributionRegistry;
      readonly follows: FollowRegistry;
    },
    private readonly reading: Pick<Reading, 'get'>,
    private readonly scheduling: Scheduling,
    private readonly announcing: Pick<Announcing, 'run'>,
    private readonly clock: Clock,
  ) {}

  /** Also stops following the name. @throws ShoalError `not-found` */
  async cancel(distributionId: string, keepParts: boolean): Promise<ReplyBody<'transfer.cancel'>> {
    const { distributions, follows } = this.registries;
    const followsFrom = (await distributions.get(distributionId))?.facts.followsFrom;
    const followed = await follows.remove(followsFrom ?? distributionId);
    // One that follows a name may be older than what is kept of it.
    if (!followed) await this.reading.get(distributionId);
    const ended = await this.end(distributionId, { rows: 'cancelled', state: 'cancelled', keepParts });
    return { distributionId, cancelled: ended };
  }

  /** Targets that are not here or wait do not get this version any more: a newer one is on its way to them. */
  async supersede(distributionId: string, version: number): Promise<void> {
    const reason = `version ${version} was published`;
    await this.end(distributionId, { rows: 'cancelled', idleOnly: true, keepParts: true, reason });
  }

  /** The step of the deadline. It may be early, or late for a deadline that is no more. */
  async expire(distributionId: string): Promise<void> {
    const distribution = await this.registries.distributions.get(distributionId);
    const { deadline } = distribution ?? {};
    if (distribution === undefined || deadline === undefined || deadline > this.clock.now()) return;
    const late = new ShoalError('timeout', 'it was not done by the deadline');
    const reason = 'the deadline is over';
    await this.end(distributionId, { rows: 'failed', error: late.toJSON(), keepParts: true, reason });
  }

  /** The step that gives up. */
  async abort(distributionId: string): Promise<void> {
    const distribution = await this.registries.distributions.get(distributionId);
    const reason = distribution?.state === 'running' ? planOf(distribution).giveUp : undefined;
    if (reason === undefined) return;
    const error = new ShoalError('cancelled', `given up: ${reason}`).toJSON();
    await this.end(distributionId, { rows: 'cancelled', state: 'failed', error, keepParts: true, reason });
  }

  /** @throws ShoalError `not-found`; `stale` (transient) while its end is being told */
  async retry(distributionId: string): Promise<ReplyBody<'transfer.retry'>> {
    await this.reading.get(distributionId);
    await this.announcing.run();
    const retried = await this.registries.distributions.retry(distributionId, this.clock.now());
    if (retried === 'not-told') {
      throw new ShoalError('stale', 'its end is being told just now', { retry: 'transient' });
    }
    const distribution = await this.reading.get(distributionId);
    // Also when nothing was left to retry: the first try may have ended before the job.
    if (distribution.state === 'running')
      await this.scheduling.begin(distribution, `again${distribution.round}-${distribution.revision}`);
    return { distributionId, retried };
  }

  private async end(distributionId: string, order: Omit<EndOrder, 'now'>): Promise<number> {
    const now = this.clock.now();
    const { ended, distribution } = await this.registries.distributions.end(distributionId, {
      ...order,
      now,
    });
    if (distribution !== undefined) await this.scheduling.due(distribution);
    return ended;
  }
}
