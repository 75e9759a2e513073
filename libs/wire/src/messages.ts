import type { Bitfield, ChunkIndex, ChunkRange, ErrorCode, FileId, Incarnation, PeerId } from '#core';

/** Who said it first: the dialer is the side that connected, and the only side that receives chunks. */
export type Role = 'dialer' | 'listener';

/** Opens a connection, from both sides. Everything in it is covered by the AUTH signature. */
export interface Hello {
  readonly type: 'hello';
  readonly version: number;
  readonly networkId: string;
  /** Raw Ed25519 public key, 32 bytes. */
  readonly publicKey: Uint8Array;
  readonly incarnation: Incarnation;
  /** 32 random bytes, new for every connection. */
  readonly nonce: Uint8Array;
  readonly name: string;
  /** Where this side can be dialled; port 0 means that it cannot. */
  readonly host: string;
  readonly port: number;
}

export interface Auth {
  readonly type: 'auth';
  readonly signature: Uint8Array;
}

/** Dialer: from now on this connection is about `fileId`. A later OPEN replaces an earlier one. */
export interface Open {
  readonly type: 'open';
  readonly fileId: FileId;
  /** The opener wants chunks for itself and will serve those that it has. */
  readonly downloads: boolean;
  /** From 0 to 9: how much of a busy uplink the opener gets beside others. */
  readonly priority: number;
  /** What the opener holds. */
  readonly field: Bitfield;
}

/** Listener: the answer to OPEN. */
export interface Opened {
  readonly type: 'opened';
  readonly fileId: FileId;
  /** The only seeder: it chooses the chunks itself, ask it for ANY_CHUNK. `field` is empty then. */
  readonly granting: boolean;
  readonly field: Bitfield;
}

/** Listener: replaces what OPENED said, as when a seeder stops granting. */
export interface BitfieldUpdate {
  readonly type: 'bitfield';
  readonly granting: boolean;
  readonly field: Bitfield;
}

/** Either side: chunks that it now holds, as ascending ranges that do not touch. To the sender of a chunk it is also the acknowledgement. */
export interface Have {
  readonly type: 'have';
  readonly ranges: readonly ChunkRange[];
}

/** Dialer: send these chunks; ANY_CHUNK may stand in it, more than once. */
export interface Request {
  readonly type: 'request';
  readonly chunks: readonly ChunkIndex[];
}

/** Dialer: these are not wanted any more. DATA that was under way may still come. */
export interface Cancel {
  readonly type: 'cancel';
  readonly chunks: readonly ChunkIndex[];
}

/** Listener: part of a chunk. Its bytes are where the DataSink put them. */
export interface Data {
  readonly type: 'data';
  readonly chunk: ChunkIndex;
  /** Of the first byte in its chunk. */
  readonly offset: number;
  readonly length: number;
}

/** Listener: answers the oldest open ANY_CHUNK: there is nothing to grant. */
export interface None {
  readonly type: 'none';
}

export const REFUSE_REASONS = ['not-held', 'busy'] as const;
export type RefuseReason = (typeof REFUSE_REASONS)[number];
/** Listener: this request will not be served. */
export interface Refuse {
  readonly type: 'refuse';
  readonly chunk: ChunkIndex;
  readonly reason: RefuseReason;
}

export const CLOSE_REASONS = ['not-found', 'retracted', 'finished', 'busy'] as const;
export type CloseReason = (typeof CLOSE_REASONS)[number];
/** Either side: no more of this file here; requests that are open are dropped. */
export interface CloseFile {
  readonly type: 'close-file';
  readonly fileId: FileId;
  readonly reason: CloseReason;
}

/** A peer as peers tell each other about it. */
export interface ExchangedPeer {
  readonly peerId: PeerId;
  readonly incarnation: Incarnation;
  readonly name: string;
  readonly host: string;
  readonly port: number;
}

/** Either side: whom do you know? Of one file, or of the network when `fileId` is left out. */
export interface GetPeers {
  readonly type: 'get-peers';
  readonly fileId?: FileId;
}
export interface Peers {
  readonly type: 'peers';
  readonly fileId?: FileId;
  readonly peers: readonly ExchangedPeer[];
}

export interface GetManifest {
  readonly type: 'get-manifest';
  readonly fileId: FileId;
}
/** Part of a manifest's JSON; fragments come in order. A `total` of 0 says that it is not known here. */
export interface ManifestFragment {
  readonly type: 'manifest';
  readonly fileId: FileId;
  readonly total: number;
  readonly offset: number;
  readonly bytes: Uint8Array;
}

export interface Ping {
  readonly type: 'ping';
}
export interface Pong {
  readonly type: 'pong';
}

/** Either side, last before it closes: why. */
export interface Fault {
  readonly type: 'error';
  readonly code: ErrorCode;
  readonly message: string;
}

/** Everything but DATA: messages that are whole before they are handled. */
export type ControlMessage =
  | Hello
  | Auth
  | Open
  | Opened
  | BitfieldUpdate
  | Have
  | Request
  | Cancel
  | None
  | Refuse
  | CloseFile
  | GetPeers
  | Peers
  | GetManifest
  | ManifestFragment
  | Ping
  | Pong
  | Fault;
export type Message = ControlMessage | Data;
export type MessageType = Message['type'];
