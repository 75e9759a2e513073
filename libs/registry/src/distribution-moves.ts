import type { DistributionState, RowState } from '#contracts';
import type { Distribution, OutboxFact } from './distribution-registry.js';

/**
 * Where a row may go within one epoch. Steps may be skipped, since what a peer says and what the anchor notes about its own
 * command arrive in any order; a row never goes back, except that a target goes offline and comes again.
 */
export const ROW_MOVES: Readonly<Record<RowState, readonly RowState[]>> = {
  waiting: ['commanded', 'offline', 'downloading', 'done', 'failed', 'cancelled'],
  commanded: ['offline', 'downloading', 'done', 'failed', 'cancelled'],
  downloading: ['offline', 'done', 'failed', 'cancelled'],
  offline: ['commanded', 'downloading', 'done', 'failed', 'cancelled'],
  done: [],
  failed: [],
  cancelled: [],
};

export const FINAL_ROWS: readonly RowState[] = ['done', 'failed', 'cancelled'];

/** A higher epoch starts a row anew from any of these. */
export const REPEATABLE_ROWS: readonly RowState[] = [
  'waiting',
  'commanded',
  'downloading',
  'offline',
  'failed',
];

export interface RowStanding {
  readonly state: RowState;
  readonly epoch: number;
  readonly bytes: number;
}

/** What a move does to a row. */
export const judgeMove = (
  row: RowStanding,
  move: { readonly to: RowState; readonly epoch: number; readonly bytes?: number },
): 'moved' | 'updated' | 'ignored' => {
  if (move.epoch < row.epoch) return 'ignored';
  if (move.epoch > row.epoch) return REPEATABLE_ROWS.includes(row.state) ? 'moved' : 'ignored';
  if (row.state === 'downloading' && move.to === 'downloading') {
    return (move.bytes ?? -1) >= row.bytes ? 'updated' : 'ignored';
  }
  return ROW_MOVES[row.state].includes(move.to) ? 'moved' : 'ignored';
};

/** How a distribution has ended once all its rows are final. */
export const endedAs = (counts: Readonly<Record<RowState, number>>): DistributionState =>
  counts.failed > 0 ? 'failed' : counts.cancelled > 0 ? 'cancelled' : 'completed';

/** The fact that a distribution has ended; undefined while it has not. */
export const endFact = (distribution: Distribution): OutboxFact | undefined => {
  const { id, state, facts, counts, finishedAt } = distribution;
  if (state === 'running' || finishedAt === undefined) return undefined;
  return {
    messageId: endMessageId(id),
    name: `distribution.${state}`,
    body: {
      distributionId: id,
      state,
      fileId: facts.fileId,
      name: facts.name,
      version: facts.version,
      size: facts.size,
      targets: distribution.targets,
      done: counts.done,
      failed: counts.failed,
      cancelled: counts.cancelled,
      createdAt: distribution.createdAt,
      finishedAt,
    },
  };
};

const END = 'distribution-ended/';
export const endMessageId = (id: string): string => `${END}${id}`;
export const distributionOf = (messageId: string): string => messageId.slice(END.length);
