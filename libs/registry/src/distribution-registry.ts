import type { ErrorDocument, FileId, PeerId } from '#core';
import type { DistributionState, FactBody, RowState, TargetRow } from '#contracts';

/** What was asked for. */
export interface DistributionFacts {
  readonly fileId: FileId;
  readonly name: string;
  readonly version: number;
  /** Bytes. */
  readonly size: number;
  readonly force: boolean;
  readonly folder?: string;
  readonly saveAs?: string;
  /** Bytes a second at each target. */
  readonly maxDownRate?: number;
}

/** One file on its way to many targets. */
export interface Distribution {
  readonly id: string;
  readonly idempotencyKey: string;
  readonly facts: DistributionFacts;
  readonly state: DistributionState;
  /** Grows when it is cancelled. */
  readonly epoch: number;
  readonly targets: number;
  /** Targets in each state; they add up to `targets`. */
  readonly counts: Readonly<Record<RowState, number>>;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  readonly finishedAt?: number;
}

export interface DistributionOrder {
  readonly id: string;
  /** The same key is the same distribution for seven days. */
  readonly idempotencyKey: string;
  readonly facts: DistributionFacts;
  /** At least one; a peer that is named twice is one target. */
  readonly targets: readonly { readonly peerId: PeerId; readonly name: string }[];
  readonly now: number;
}

/** One target; `epoch` is that of the command it obeys. */
export type DistributionRow = TargetRow & { readonly epoch: number };

export interface RowMove {
  readonly to: RowState;
  readonly epoch: number;
  /** Bytes that the target has; as before when left out. */
  readonly bytes?: number;
  /** Bytes a second; 0 when left out. */
  readonly rate?: number;
  readonly error?: ErrorDocument;
  readonly now: number;
}

export interface MoveResult {
  /** `updated`: still downloading, with news. `ignored`: repeated, backward, of an older epoch, or there is no such row. */
  readonly outcome: 'moved' | 'updated' | 'ignored';
  /** This move settled the last row. Exactly one move or cancel of a distribution says so. */
  readonly finished: boolean;
}

export interface CancelResult {
  /** Rows that this call took from their course, and where they stood. */
  readonly cancelled: readonly { readonly peerId: PeerId; readonly before: RowState }[];
  /** The epoch of the cancel commands. */
  readonly epoch: number;
  readonly finished: boolean;
}

/** The end of a distribution, to be told to everybody. */
export interface OutboxFact {
  /** The same for the same fact, however often it is sent. */
  readonly messageId: string;
  readonly name: 'distribution.completed' | 'distribution.failed' | 'distribution.cancelled';
  readonly body: FactBody<'distribution.completed'>;
}

/**
 * Distributions and their rows. Kept for seven days after they end. A call that failed with `redis-away` may have taken
 * effect and can be repeated: the fact that a distribution ended is in the outbox even if nobody was told `finished`.
 */
export interface DistributionRegistry {
  /** `created` is false when this key (or id) made one before; that one is returned. @throws ShoalError `bad-message` */
  create(
    order: DistributionOrder,
  ): Promise<{ readonly created: boolean; readonly distribution: Distribution }>;
  get(id: string): Promise<Distribution | undefined>;
  /** Every row, by name. */
  rows(id: string): Promise<DistributionRow[]>;
  /** A page, newest first, after the one with the id `after`. */
  list(after: string | undefined, limit: number): Promise<Distribution[]>;
  moveRow(id: string, peerId: PeerId, move: RowMove): Promise<MoveResult>;
  /** Cancels every row that is not final. Changes nothing when the distribution has ended or does not exist. */
  cancel(id: string, now: number): Promise<CancelResult>;
  /** Unsettled rows of this peer, oldest distribution first, at most 500: what it must be told when it joins. */
  pendingFor(
    peerId: PeerId,
  ): Promise<{ readonly distribution: Distribution; readonly row: DistributionRow }[]>;
  /** Facts that nobody has confirmed, oldest first. They stay until they are confirmed. */
  takeOutbox(limit: number): Promise<OutboxFact[]>;
  confirmOutbox(messageIds: readonly string[]): Promise<void>;
}
