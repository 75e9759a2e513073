import type { ErrorDocument, FileId, PeerId } from '#core';
import type { PlacementRow, PlacementState } from '#contracts';

/** What was asked for, and of which file. */
export interface PlacementFacts {
  readonly fileId: FileId;
  readonly name: string;
  readonly version: number;
  /** Bytes. */
  readonly size: number;
  readonly chunkSize: number;
  readonly chunkCount: number;
  /** Peers that are to have each chunk. */
  readonly copies: number;
  /** The whole file on every storage peer, too. */
  readonly storage: boolean;
  /** Peers whose copies do not count and that get none. */
  readonly exclude: readonly PeerId[];
}

/** What one peer is to have; `epoch` is that of the command that says so. */
export type PlacedRow = PlacementRow & { readonly epoch: number };

/** One file on its way to peers that keep it for the network. */
export interface Placement {
  readonly id: string;
  readonly idempotencyKey: string;
  readonly facts: PlacementFacts;
  readonly state: PlacementState;
  /** Grows with every change. */
  readonly revision: number;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  readonly finishedAt?: number | undefined;
  readonly error?: ErrorDocument | undefined;
  readonly rows: readonly PlacedRow[];
}

export type PlacementOrder = Pick<Placement, 'id' | 'idempotencyKey' | 'facts' | 'createdAt'>;

/**
 * Placements. Kept for seven days after their end. Whoever changes one reads it, decides, and saves it under the revision
 * that was read: of two that change it at once one has to read again.
 */
export interface PlacementRegistry {
  /** `created` is false when this key made one before; that one is returned. */
  create(order: PlacementOrder): Promise<{ readonly created: boolean; readonly placement: Placement }>;
  get(id: string): Promise<Placement | undefined>;
  /** Saves a changed placement as the next revision; false when it has changed since `placement.revision` was read. */
  save(placement: Placement): Promise<boolean>;
  /** Placements that run, or whose end nobody has told yet, oldest first. */
  open(limit: number): Promise<string[]>;
  /** Its end has been told. */
  settle(id: string): Promise<void>;
}
