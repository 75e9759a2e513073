import type { Bitfield, ChunkRange, PeerId } from '#core';

/** A peer as the planner sees it. */
export interface PlacementPeer {
  readonly peerId: PeerId;
  readonly labels: Readonly<Record<string, string>>;
  /** Chunks of this file for which it has room. */
  readonly room: number;
  /** Chunks that it has, or is about to have. */
  readonly has: Bitfield;
}

export interface PlanQuestion {
  readonly chunkCount: number;
  /** Peers that are to have each chunk. */
  readonly copies: number;
  readonly peers: readonly PlacementPeer[];
}

export type Plan =
  | { readonly kind: 'plan'; readonly additions: ReadonlyMap<PeerId, readonly ChunkRange[]> }
  /** It cannot be done: so many peers with room are too few, so many copies of chunks have no place. */
  | { readonly kind: 'short'; readonly peers: number; readonly chunks: number };
