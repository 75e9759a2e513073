import type { DistributionState, RowState } from '#contracts';
import type { RowMove } from './distribution-registry.js';

/**
 * Where a row may go by what peers say, within one epoch. Steps may be skipped, since what a peer says and what the anchor
 * notes about its own command arrive in any order; a row never goes back, except that a target goes offline and comes again.
 */
export const ROW_MOVES: Readonly<Record<RowState, readonly RowMove['to'][]>> = {
  waiting: ['downloading', 'done', 'failed'],
  commanded: ['offline', 'downloading', 'done', 'failed'],
  downloading: ['offline', 'done', 'failed'],
  offline: ['downloading', 'done', 'failed'],
  done: [],
  failed: [],
  cancelled: [],
};

export const FINAL_ROWS: readonly RowState[] = ['done', 'failed', 'cancelled'];
/** In these a target may run the command: it must be told when that ends. */
export const BUSY_ROWS: readonly RowState[] = ['commanded', 'downloading', 'offline'];

/** A claimed row whose command nobody has confirmed is claimed again after this, milliseconds. */
export const UNSENT_MS = 2_000;
/** Longest pause between two tries, milliseconds. */
export const RETRY_DELAY_MAX = 3_600_000;

export interface RowStanding {
  readonly state: RowState;
  readonly epoch: number;
  readonly bytes: number;
  readonly tries: number;
}

/** What a move does to a row. */
export const judgeMove = (
  row: RowStanding,
  move: Pick<RowMove, 'to' | 'epoch' | 'bytes' | 'mayPass'>,
  retries: number,
): 'moved' | 'updated' | 'ignored' | 'retried' => {
  if (move.epoch !== row.epoch) return 'ignored';
  if (row.state === 'downloading' && move.to === 'downloading') {
    return (move.bytes ?? -1) >= row.bytes ? 'updated' : 'ignored';
  }
  if (!ROW_MOVES[row.state].includes(move.to)) return 'ignored';
  return move.to === 'failed' && move.mayPass === true && row.tries < retries ? 'retried' : 'moved';
};

/** Milliseconds until the next try after `tries` failures that were tried again. */
export const retryDelay = (firstMs: number, tries: number): number =>
  Math.min(firstMs * 2 ** tries, Math.max(firstMs, RETRY_DELAY_MAX));

/** How a distribution has ended once all its rows are final. */
export const endedAs = (counts: Readonly<Record<RowState, number>>): DistributionState =>
  counts.failed > 0 ? 'failed' : counts.cancelled > 0 ? 'cancelled' : 'completed';
