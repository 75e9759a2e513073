import type { Bitfield, FileId, Incarnation, PeerId } from '#core';
import type { HeldFile } from '#contracts';
import type { PeerRecord } from './peer-registry.js';

/** Where a message about holdings stands in its peer's history. */
export interface HolderMoment {
  readonly peerId: PeerId;
  readonly incarnation: Incarnation;
  readonly sequence: number;
}

export type HolderOutcome =
  | 'applied'
  /** It says nothing that a newer message has not said or undone. */
  | 'ignored'
  /** Redis does not know this incarnation: the peer must join again and report. */
  | 'unknown-peer'
  /** It cannot be ordered against what is known: the peer must send a full report. */
  | 'report-needed';

export interface ReleaseResult {
  readonly outcome: HolderOutcome;
  readonly released: boolean;
}

export interface HolderQuery {
  readonly limit: number;
  readonly exclude: ReadonlySet<PeerId>;
  /** Only holders of this chunk. */
  readonly chunk?: number;
}

export interface FileHolder {
  readonly peer: PeerRecord;
  /** Its length is the number of chunks that this holder says the file has: compare it with the manifest. */
  readonly chunks: Bitfield;
}

export interface HolderCounts {
  readonly holders: number;
  /** Of them, those that have every chunk. */
  readonly seeders: number;
}

/**
 * Who holds which chunk. Acknowledgements add, retractions take a file away, reports replace everything. Messages may
 * come twice, late and out of order: once they are all in, and every report that was asked for, the result depends only
 * on which were sent (see NOTES.md). A new incarnation keeps what the last one held until its first report.
 */
export interface HolderRegistry {
  acknowledge(moment: HolderMoment, files: readonly HeldFile[]): Promise<HolderOutcome>;
  retract(moment: HolderMoment, files: readonly FileId[]): Promise<HolderOutcome>;
  /** One part of a full report; the whole takes effect with the last missing part. */
  report(
    moment: HolderMoment,
    part: number,
    parts: number,
    files: readonly HeldFile[],
  ): Promise<HolderOutcome>;
  /**
   * Gives up chunks that the network placed on this peer, all of them or none: only when each has another live holder that
   * offers storage. Then the peer holds nothing of the file from this moment of its history on. One step, so that two peers
   * cannot give up the last two copies of a chunk at once. Repeating it changes nothing.
   */
  release(moment: HolderMoment, file: HeldFile): Promise<ReleaseResult>;
  /** Live holders of a file, at most `limit`, a mix of complete and partial ones chosen at random. */
  holders(fileId: FileId, query: HolderQuery): Promise<FileHolder[]>;
  /** Live holders in all. */
  counts(fileIds: readonly FileId[]): Promise<HolderCounts[]>;
  /** `holdingsDigest` of what Redis knows of this peer (see contracts). */
  digest(peerId: PeerId): Promise<string>;
  /** Files that each peer holds something of. */
  fileCounts(peerIds: readonly PeerId[]): Promise<number[]>;
}
