import type { Clock } from '#core';
import type { FactBody } from '#contracts';
import type { DistributionRegistry, RowMove } from '#registry';
import type { Steps } from './ports.js';

/** What peers say of their downloads, as moves of rows. Downloads that no command started are nobody's row. */
export class Outcomes {
  constructor(
    private readonly distributions: DistributionRegistry,
    private readonly steps: Steps,
    private readonly clock: Clock,
  ) {}

  progress(fact: FactBody<'download.progress'>): Promise<void> {
    const { bytes, rate } = fact;
    return this.move(fact, { to: 'downloading', bytes, rate });
  }

  completed(fact: FactBody<'download.completed'>): Promise<void> {
    return this.move(fact, { to: 'done', bytes: fact.size });
  }

  failed(fact: FactBody<'download.failed'>): Promise<void> {
    return this.move(fact, { to: 'failed', error: fact.error });
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
    const { finished } = await this.distributions.moveRow(distributionId, peerId, {
      ...change,
      epoch,
      now: this.clock.now(),
    });
    if (finished) await this.steps.add({ kind: 'announce', distributionId });
  }
}

/** A command id ends with its epoch (see `commandIdOf`). */
export const epochOf = (commandId: string): number => {
  const epoch = Number(commandId.slice(commandId.lastIndexOf(':') + 1));
  return Number.isSafeInteger(epoch) && epoch >= 0 ? epoch : 0;
};
