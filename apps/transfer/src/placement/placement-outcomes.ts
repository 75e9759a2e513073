import { ShoalError, type Clock } from '#core';
import type { FactBody } from '#contracts';
import type { PlacedRow, PlacementRegistry } from '#registry';
import { epochOf } from '../outcomes.js';
import type { Steps } from '../ports.js';
import { PLACEMENT_ID } from './storing.js';

type Fact = FactBody<'download.progress'> | FactBody<'download.completed'> | FactBody<'download.failed'>;

/** Changes of one placement that meet each other are tried again so often. */
const TRIES = 20;

/** Whether a peer speaks of a command that a placement gave. */
export const isPlacement = ({ distributionId }: Fact): boolean =>
  distributionId?.startsWith(PLACEMENT_ID) === true;

/** What peers say of chunks that they are to keep, as changes of their rows. */
export class PlacementOutcomes {
  constructor(
    private readonly placements: PlacementRegistry,
    private readonly steps: Steps,
    private readonly clock: Clock,
  ) {}

  /** @throws ShoalError `stale` (transient), as the others do */
  async progress(fact: FactBody<'download.progress'>): Promise<void> {
    await this.change(fact, (row) => ({ state: 'placing', bytes: Math.min(row.size, fact.bytes) }));
  }

  completed(fact: FactBody<'download.completed'>): Promise<void> {
    return this.settle(fact, (row) => ({ state: 'done', bytes: row.size }));
  }

  failed(fact: FactBody<'download.failed'>): Promise<void> {
    return this.settle(fact, () => ({ state: 'failed', error: fact.error }));
  }

  /** The placement is looked at, also when this fact has come before: its step may have been lost. */
  private async settle(fact: Fact, news: (row: PlacedRow) => Partial<PlacedRow>): Promise<void> {
    const revision = await this.change(fact, news);
    const { distributionId } = fact;
    if (distributionId === undefined || revision === undefined) return;
    await this.steps.add({ kind: 'place', distributionId, look: `r${revision}` });
  }

  /** The revision afterwards; undefined when there is no such row, or it obeys a newer command. */
  private async change(
    { distributionId, commandId, peerId }: Fact,
    news: (row: PlacedRow) => Partial<PlacedRow>,
  ): Promise<number | undefined> {
    if (distributionId === undefined || commandId === undefined) return undefined;
    for (let tries = 0; tries < TRIES; tries++) {
      const placement = await this.placements.get(distributionId);
      const row = placement?.rows.find((one) => one.peerId === peerId);
      if (placement === undefined || row === undefined || row.epoch !== epochOf(commandId)) return undefined;
      if (row.state === 'done' || row.state === 'failed') return placement.revision;
      const changed = { ...row, ...news(row), updatedAt: this.clock.now() };
      const rows = placement.rows.map((one) => (one === row ? changed : one));
      if (await this.placements.save({ ...placement, rows })) return placement.revision + 1;
    }
    // The fact comes again, so it is not lost.
    throw new ShoalError('stale', `placement ${distributionId} changes too often just now`, {
      retry: 'transient',
    });
  }
}
