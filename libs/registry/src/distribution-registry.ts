import type { ErrorDocument, FileId, PeerId } from '#core';
import type {
  BytesBySource,
  DistributionOptions,
  DistributionState,
  FactBody,
  RowState,
  TargetRow,
} from '#contracts';

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
  readonly options: DistributionOptions;
  /** The distribution that this one follows, for a later version or a target that came later. */
  readonly followsFrom?: string;
}

/** Moments of its course, milliseconds since 1970; undefined: not yet. */
export interface DistributionCourse {
  readonly firstCommandAt?: number | undefined;
  readonly lastCommandAt?: number | undefined;
  /** First news of a download. */
  readonly firstNewsAt?: number | undefined;
  readonly lastDoneAt?: number | undefined;
  /** Bytes a second of the target that was fastest. */
  readonly bestRate?: number | undefined;
  readonly bytes: BytesBySource;
}

/** One file on its way to many targets. */
export interface Distribution {
  readonly id: string;
  readonly idempotencyKey: string;
  readonly facts: DistributionFacts;
  readonly state: DistributionState;
  /** Grows with every row that changes its state. */
  readonly revision: number;
  /** How often it was started again after its end. */
  readonly round: number;
  readonly targets: number;
  /** Targets in each state; they add up to `targets`. */
  readonly counts: Readonly<Record<RowState, number>>;
  /** Those that wait to try again; they are in `counts.waiting`, too. */
  readonly retrying: number;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  readonly deadline?: number | undefined;
  readonly finishedAt?: number | undefined;
  /** Why it was ended before its time. */
  readonly reason?: string | undefined;
  /** Whether targets that are told to stop keep what they have. */
  readonly keepParts: boolean;
  readonly course: DistributionCourse;
}

export interface DistributionOrder {
  readonly id: string;
  /** The same key is the same distribution for seven days. */
  readonly idempotencyKey: string;
  readonly facts: DistributionFacts;
  /** In the order in which they start. At least one; a peer that is named twice is one target. */
  readonly targets: readonly { readonly peerId: PeerId; readonly name: string }[];
  readonly now: number;
}

/** One target; `epoch` is that of the command it obeys, `rank` its place in the order. */
export type DistributionRow = TargetRow & { readonly epoch: number; readonly rank: number };

/** What a peer says of a row, or is found out about it. */
export interface RowMove {
  readonly to: 'downloading' | 'done' | 'failed' | 'offline';
  readonly epoch: number;
  /** Bytes that the target has; as before when left out. */
  readonly bytes?: number;
  /** Bytes a second; 0 when left out. */
  readonly rate?: number;
  readonly error?: ErrorDocument;
  /** A failure that may pass: the row waits for its next try, if it has one left. */
  readonly mayPass?: boolean;
  /** Of a download that is done. */
  readonly milliseconds?: number;
  readonly sources?: BytesBySource;
  readonly now: number;
}

export interface MoveResult {
  /** `updated`: still downloading, with news. `ignored`: repeated, backward, of another epoch, or there is no such row. */
  readonly outcome: 'moved' | 'updated' | 'ignored';
  /** As it is after this; undefined when there is none. */
  readonly distribution: Distribution | undefined;
  /** The row tries again at this moment. */
  readonly retryAt?: number | undefined;
}

/** What may be started now, as `plan` says. */
export interface ClaimLimits {
  /** Targets that download at the same time. */
  readonly concurrency: number;
  /** Targets that have begun, all in all, up to the current wave. */
  readonly boundary: number;
  readonly limit: number;
  readonly now: number;
}

export interface Claim {
  /** Now `commanded`, each to be sent its command. Whoever dies before `sent` leaves them to a later claim. */
  readonly rows: readonly DistributionRow[];
  /** The next moment at which there is something to claim, as far as it is known. */
  readonly nextAt?: number | undefined;
}

export interface SentCommand {
  readonly peerId: PeerId;
  readonly epoch: number;
  /** False: the target is not here; its row is offline. */
  readonly arrived: boolean;
}

export interface EndOrder {
  /** What becomes of rows that are not final. */
  readonly rows: 'cancelled' | 'failed';
  /** Of the distribution; what its rows say when left out. */
  readonly state?: DistributionState;
  /** Only rows that do not download: the others go on, and the distribution ends with them. */
  readonly idleOnly?: boolean;
  readonly error?: ErrorDocument;
  readonly reason?: string;
  readonly keepParts?: boolean;
  readonly now: number;
}

export interface EndResult {
  /** Rows that this call took from their course. */
  readonly ended: number;
  readonly distribution: Distribution | undefined;
}

/** The end of a distribution, to be told to everybody. */
export interface OutboxFact {
  /** The same for the same fact, however often it is sent. */
  readonly messageId: string;
  readonly name: 'distribution.completed' | 'distribution.failed' | 'distribution.cancelled';
  readonly body: FactBody<'distribution.completed'>;
}

/** A row and the distribution that it is of. */
export interface PendingRow {
  readonly distribution: Distribution;
  readonly row: DistributionRow;
}

/**
 * Distributions and their rows. Kept for seven days after they end. A call that failed with `redis-away` may have taken
 * effect and can be repeated: the fact that a distribution ended is in the outbox in the same step.
 */
export interface DistributionRegistry {
  /** `created` is false when this key (or id) made one before; that one is returned. @throws ShoalError `bad-message` */
  create(
    order: DistributionOrder,
  ): Promise<{ readonly created: boolean; readonly distribution: Distribution }>;
  get(id: string): Promise<Distribution | undefined>;
  /** The distribution that this key made. */
  byKey(idempotencyKey: string): Promise<Distribution | undefined>;
  /** Every row, by name. */
  rows(id: string): Promise<DistributionRow[]>;
  row(id: string, peerId: PeerId): Promise<DistributionRow | undefined>;
  /** A page, newest first, after the one with the id `after`. */
  list(after: string | undefined, limit: number): Promise<Distribution[]>;
  moveRow(id: string, peerId: PeerId, move: RowMove): Promise<MoveResult>;
  /** Takes rows to be commanded: those of a claim that came to nothing, then due retries, then the next in order. */
  claim(id: string, limits: ClaimLimits): Promise<Claim>;
  sent(id: string, commands: readonly SentCommand[], now: number): Promise<void>;
  /** An offline row waits for its turn again; its place in the order is as before. False when it was not offline. */
  requeue(id: string, peerId: PeerId, now: number): Promise<boolean>;
  /** Ends every row that is not final. Changes nothing when the distribution has ended or does not exist. */
  end(id: string, order: EndOrder): Promise<EndResult>;
  /** Rows that failed or were cancelled wait again, under a new epoch. `not-told`: its end has not been announced yet. */
  retry(id: string, now: number): Promise<number | 'not-told'>;
  /** Peers that may still run what was ended and have not been told to stop. */
  toStop(id: string): Promise<DistributionRow[]>;
  stopped(id: string, peerIds: readonly PeerId[]): Promise<void>;
  /**
   * Rows of this peer that are not settled, or that it was not told to stop; the highest priority, then the oldest first, at
   * most 500: what it must be told when it joins.
   */
  pendingFor(peerId: PeerId): Promise<PendingRow[]>;
  /** Facts that nobody has confirmed, oldest first. They stay until they are confirmed. */
  takeOutbox(limit: number): Promise<OutboxFact[]>;
  confirmOutbox(messageIds: readonly string[]): Promise<void>;
}
