import { MIB } from '#core';

/** Caps of one engine. Each bounds what other peers, or a slow disk, can make it hold or wait for. */
export const ENGINE_LIMITS = {
  /** Milliseconds for a TCP connection: a host that is away costs seconds, not the download. */
  dialMs: 2_000,
  /** Milliseconds from the connection to the end of the handshake, on both sides (slow loris). */
  handshakeMs: 5_000,
  /** Milliseconds that a control frame may take from its first to its last byte (slow loris). */
  frameMs: 20_000,
  /** A side that has sent nothing for so long sends a PING, milliseconds. */
  pingMs: 15_000,
  /** A connection that is read from and says nothing for so long is dead, milliseconds: three pings. */
  silenceMs: 45_000,
  /** How often those deadlines are looked at, milliseconds. */
  sweepMs: 2_500,
  /** Milliseconds that a closing connection may take to send what waits. */
  lingerMs: 2_000,
  /** Bytes of control messages that may wait for a peer that does not read: a manifest and what goes with it. */
  sendQueueBytes: 8 * MIB,
  /** Connections that others made to this engine. */
  accepted: 1_088,
  /** ... of them without a handshake yet, in all and from one address (all peers of one machine share one). */
  halfOpen: 256,
  halfOpenPerHost: 64,
  /** ... of them from one peer: one per file and a link. */
  acceptedPerPeer: 64,
  /** Who downloads one file from here, at most, when all of it is here. Who is refused, over a connection that is left for that, is told of others. */
  downloaders: 1_024,
  /**
   * ... when it is not: a few more than the incomplete sources of a peer, so that the links are spread more evenly and fewer uplinks are idle. It
   * matters once a seeder has not room for all: in the simulator (2,000 peers, 1 Gbit/s, 32 chunks of 2 MiB) 32 cost 2.8 of the chunked bound, 24 2.2,
   * 20 2.0, 18 1.9. With up to 1,000 peers it changes 1 % at most.
   */
  partialDownloaders: 20,
  /** Dials under way at once. */
  dials: 64,
  /** Sources of one download that are connected. */
  sources: 50,
  /** ... of them incomplete ones: more neighbours cost and do not help (policy R12). Seeders come on top. */
  partialSources: 16,
  /** Addresses remembered for one download: several handouts. */
  candidates: 250,
  /** Links to neighbours. */
  neighbours: 8,
  /** Bytes that are verified and not written yet, over all downloads: past it the sockets are not read. */
  unwrittenBytes: 64 * MIB,
  /** Bytes of idle chunk buffers kept for the next chunks of one download. */
  pooledBytes: 32 * MIB,
  /** Milliseconds between two progress events. */
  progressMs: 500,
  /** Milliseconds in which newly held chunks are collected for one event; the first after a pause is told at once. */
  heldMs: 500,
  /** Milliseconds between two `starved` events of one download. */
  starvedMs: 1_000,
  /** Milliseconds between two questions for peers to the same connection. */
  getPeersMs: 5_000,
  /** Peers asked for one manifest at once: each may answer with 4 MiB. */
  manifestAsks: 8,
  /** Milliseconds for a neighbour to deliver a manifest. */
  manifestMs: 10_000,
} as const;
