import type { Clock } from '#core';
import type { FactBody } from '#contracts';
import type { DistributionRegistry, RowMove } from '#registry';
import { mayPass } from './download-request.js';
import type { Scheduling } from './scheduling.js';
import type { SourceKinds } from './source-kinds.js';

/** What peers say of their downloads, as moves of rows. Downloads that no command started are nobody's row. */
export class Outcomes {
  constructor(
    private readonly distributions: DistributionRegistry,
    private readonly scheduling: Scheduling,
    private readonly sources: Pick<SourceKinds, 'of'>,
    private readonly clock: Clock,
  ) {}

  progress(fact: FactBody<'download.progress'>): Promise<void> {
    const { bytes, rate } = fact;
    return this.move(fact, { to: 'downloading', bytes, rate });
  }

  async completed(fact: FactBody<'download.completed'>): Promise<void> {
    if (fact.distributionId === undefined) return;
    const milliseconds = Math.round(fact.milliseconds);
    const sources = await this.sources.of(fact);
    await this.move(fact, { to: 'done', bytes: fact.size, milliseconds, sources });
  }

  failed(fact: FactBody<'download.failed'>): Promise<void> {
    return this.move(fact, { to: 'failed', error: fact.error, mayPass: mayPass(fact.error) });
  }

  private async move(
    {
      distributionId,
      commandId,
      peerId,
    }: FactBody<'download.failed'> | FactBody<'download.progress'> | FactBody<'download.completed'>,
    change: Omit<RowMove, 'epoch' | 'now'>,
  ): Promise<void> {
    if (distributionId === undefined || commandId === undefined) return;
    const epoch = epochOf(commandId);
    const { outcome, distribution, retryAt } = await this.distributions.moveRow(distributionId, peerId, {
      ...change,
      epoch,
      now: this.clock.now(),
    });
    // A repeated fact may be one whose first handling ended before the job; after the end that is told at the next round.
    const matters = outcome === 'moved' || distribution?.state === 'running';
    if (distribution !== undefined && matters) await this.scheduling.due(distribution, retryAt);
  }
}

/** A command id ends with its epoch (see `commandIdOf`). */
export const epochOf = (commandId: string): number => {
  const epoch = Number(commandId.slice(commandId.lastIndexOf(':') + 1));
  return Number.isSafeInteger(epoch) && epoch >= 0 ? epoch : 0;
};
