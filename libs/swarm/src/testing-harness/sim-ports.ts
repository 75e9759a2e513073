import type { Bitfield, Random } from '#core';
import type { DownloadSettings, UploadSettings } from '../settings.js';
import type { Downlink } from './link.js';
import type { VirtualTime } from './virtual-time.js';

export interface NodeOptions {
  readonly id: string;
  readonly chunkCount: number;
  readonly chunkBytes: (chunk: number) => number;
  readonly have: Bitfield;
  readonly wanted?: Bitfield;
  /** Bytes a millisecond. */
  readonly up: number;
  readonly down: number;
  /** Grants while it is the only complete copy; where its cursor starts. */
  readonly grants?: { readonly start: number };
  /** Chance that a chunk it sends is wrong. */
  readonly lies?: number;
  /** Time from the last byte of a chunk until it is verified and written, milliseconds. */
  readonly verifyMs: number;
  readonly random: Random;
  readonly download?: Partial<DownloadSettings>;
  readonly upload?: Partial<UploadSettings>;
  /** Sources are told their round trip, as from a handshake; else it is guessed. */
  readonly knowsRoundTrips: boolean;
  /** Books are checked after every step. */
  readonly checked: boolean;
}

/** What a node announces about itself. */
export interface Announced {
  readonly has: Bitfield;
  readonly granting: boolean;
}

/** What can be said to a node over an open connection. */
export interface SimPeer {
  readonly downlink: Downlink;
  onRequest(from: string, chunk: number): void;
  onCancel(from: string, chunk: number): void;
  onHave(from: string, chunks: readonly number[]): void;
  onBitfield(from: string, facts: Announced): void;
  onNone(from: string): void;
  onRefused(from: string, chunk: number, busy: boolean): void;
  /** `right` only with the last block: whether the chunk is what it should be. */
  onBlock(from: string, block: SentBlock): void;
}

export interface SentBlock {
  readonly chunk: number;
  readonly bytes: number;
  readonly isFirst: boolean;
  readonly right?: boolean;
}

/** How nodes reach each other; latency included. */
export interface Network {
  readonly time: VirtualTime;
  /** Runs at the other end of an open connection; lost when it closed meanwhile. */
  tell(from: string, to: string, what: (other: SimPeer) => void): void;
  latency(from: string, to: string): number;
  disconnect(id: string, other: string, banMs: number): void;
  sought(id: string): void;
  /** A frozen or dead node does nothing. */
  isStopped(id: string): boolean;
  /** Runs now, or when the node thaws, or never. */
  whenAwake(id: string, what: () => void): void;
  completed(id: string): void;
}
