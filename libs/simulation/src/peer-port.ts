import type { Bitfield, PeerId, Random } from '#core';
import type { DialAddress, DownloadSwarm } from '#swarm';
import type { Connection } from './connection.js';
import type { Host } from './host.js';

/** What a peer is made of, besides what all share. */
export interface PeerParts {
  readonly id: PeerId;
  readonly rack: number;
  /** Bytes a millisecond. */
  readonly up: number;
  readonly down: number;
  readonly have: Bitfield;
  readonly wanted: Bitfield | undefined;
  /** Where the cursor of its grants starts; undefined: it does not grant. */
  readonly grantsFrom: number | undefined;
  /** Chance that a chunk it sends is wrong. */
  readonly lies: number;
  readonly random: Random;
  readonly bytesOf: (chunk: number) => number;
  readonly verifyMs: number;
}

export const isGood = ({ lies, random }: PeerParts): boolean => lies === 0 || random() >= lies;

/** A piece of a chunk that arrived. */
export interface Piece {
  readonly chunk: number;
  readonly bytes: number;
  readonly isFirst: boolean;
  readonly isLast: boolean;
  /** Whether the chunk is what it should be. */
  readonly right: boolean;
}

export interface Announced {
  readonly has: Bitfield;
  readonly granting: boolean;
}

/** What can be said to a peer. Connections are named from the side of the one who dialled. */
export interface SimPeer extends Host {
  readonly swarm: DownloadSwarm;
  readonly address: DialAddress;
  /** Not (or no longer) there: it answers no dial. */
  readonly isAway: boolean;

  onOpen(conn: Connection<SimPeer>, has: Bitfield): void;
  onRequest(conn: Connection<SimPeer>, chunks: readonly number[]): void;
  onCancel(conn: Connection<SimPeer>, chunks: readonly number[]): void;
  onGetPeers(conn: Connection<SimPeer>): void;

  onOpened(conn: Connection<SimPeer>, facts: Announced): void;
  onRejected(conn: Connection<SimPeer>): void;
  /** No room there, but these may have some. */
  onBusy(conn: Connection<SimPeer>, others: readonly DialAddress[]): void;
  onBitfield(conn: Connection<SimPeer>, facts: Announced): void;
  onNone(conn: Connection<SimPeer>): void;
  onRefused(conn: Connection<SimPeer>, chunk: number, busy: boolean): void;
  /** Told by an anchor. */
  onPeers(addresses: readonly DialAddress[]): void;
  /** Told by another peer. */
  onHearsay(addresses: readonly DialAddress[]): void;
  onPiece(conn: Connection<SimPeer>, piece: Piece): void;

  /** On either connection between the two. */
  onHave(from: PeerId, chunks: readonly number[]): void;
  /** The connection is over, for whatever reason. */
  onClosed(conn: Connection<SimPeer>): void;
}

/** What a peer can ask of the network outside its connections. */
export interface Network {
  /** Dials; the answer is `onOpened` or `onRejected`, after three round trips. */
  dial(from: SimPeer, to: PeerId): void;
  /** Ends a connection from one side; the other side learns it a latency later. */
  close(conn: Connection<SimPeer>, by: SimPeer): void;
  readonly anchor: AnchorPort;
  completed(peer: SimPeer): void;
}

/** What peers say to the anchors. */
export interface AnchorPort {
  /** manifest.get: `answer` gets up to a handout of live holders. */
  ask(asker: PeerId, exclude: ReadonlySet<PeerId>, answer: (holders: readonly DialAddress[]) => void): void;
  /** chunk.acknowledged, batched as real peers do. */
  holds(peer: PeerId, complete: boolean): void;
}
