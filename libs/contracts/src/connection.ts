import { z } from 'zod';
import {
  address,
  anchorName,
  incarnation,
  key,
  labels,
  peerAddress,
  peerId,
  registryId,
  version,
  fileName,
  peerName,
  sequence,
  storage,
  text,
  timestamp,
  fileId,
  bytes,
} from './fields.js';
import { MESSAGE_LIMITS } from './limits.js';

/** A peer enters the network, or comes back under a newer incarnation. */
export const joinRequest = z.object({
  peerId,
  incarnation,
  /** Base64 of the raw 32-byte Ed25519 public key; `peerId` is its digest. */
  publicKey: z.string().length(44),
  name: peerName,
  address,
  labels: labels.default({}),
  /** Version of the software, shown to people. */
  software: z.string().max(64),
  /** The chunk protocol's version. */
  protocol: z.number().int().positive(),
  networkId: z.string().max(63),
  /** Left out by a peer that is here for a moment only: it is no place for files, and its copies do not count. */
  storage: storage.optional(),
});
export const joinReply = z.object({
  anchor: anchorName,
  /** Another one than at the last join: Redis has lost what it knew. */
  registry: registryId,
  clusterName: z.string().max(255),
  /** Seconds until the next `connection.lease` is due. */
  leaseSeconds: z.number().int().positive(),
  /** Shortest time between two `chunk.acknowledged`, milliseconds. */
  acknowledgeIntervalMs: z.number().int().positive(),
  /** False when the anchor could not dial the peer back: it may download but is handed out to nobody. */
  reachable: z.boolean(),
  /** Where another peer was here under this peer id until now: its key may be used twice. */
  replaced: address.optional(),
  /** Live peers to link to, never the asker. */
  peers: z.array(peerAddress).max(MESSAGE_LIMITS.handoutPeers),
});

/** Graceful: answered when the peer is out of every handout. */
export const leaveRequest = z.object({ peerId, incarnation });
/** `left` is false when this incarnation was not here. */
export const leaveReply = z.object({ left: z.boolean() });

/** Still here. Sent on the interval of the join reply, and at once when `serving` changes. */
export const leaseEvent = z.object({
  peerId,
  incarnation,
  /** Counts the leases of an incarnation: one that is overtaken says nothing. */
  sequence: sequence.default(0),
  /** False while the peer's engine is down: it is not handed out. */
  serving: z.boolean(),
  /** Digest of all holdings (see `holdingsDigest` in this lib). */
  holdingsDigest: z.string().regex(/^[0-9a-f]{16}$/),
  storage: storage.optional(),
});

export const peersRequest = z.object({
  /** The last `peerId` of the page before. */
  after: peerId.optional(),
  limit: z.number().int().min(1).max(MESSAGE_LIMITS.pageRows).default(100),
});
export const peerRow = peerAddress.extend({
  labels,
  anchor: anchorName,
  software: z.string(),
  joinedAt: timestamp,
  leaseAt: timestamp,
  reachable: z.boolean(),
  serving: z.boolean(),
  files: z.number().int().nonnegative(),
  storage: storage.optional(),
});
export type PeerRow = z.infer<typeof peerRow>;
export const peersReply = z.object({
  peers: z.array(peerRow),
  total: z.number().int(),
  next: peerId.optional(),
});

/** How is this anchor? `dial` has it knock at the chunk port of a peer, as the others would. */
export const checkRequest = z.object({ dial: peerId.optional() });
export const checkReply = z.object({
  anchor: anchorName,
  software: z.string().max(64),
  protocol: z.number().int().positive(),
  /** The anchor's clock. */
  now: timestamp,
  /** The broker tells when a peer's connection ends (`rabbitmq_event_exchange`). */
  presenceEvents: z.boolean(),
  redis: z.object({
    version: z.string().max(32).optional(),
    /** A restart of Redis forgets nothing. */
    appendOnly: z.boolean().optional(),
    pingMs: z.number().nonnegative(),
  }),
  dialled: z.enum(['same', 'other-incarnation', 'gone']).optional(),
});

export const unreachableEvent = z.object({
  reporter: peerId,
  peerId,
  incarnation,
  fileId: fileId.optional(),
  reason: text,
});

export const misbehavedEvent = z.object({
  reporter: peerId,
  peerId,
  incarnation,
  fileId,
  chunk: z.number().int().nonnegative().max(MESSAGE_LIMITS.chunks),
  evidence: text,
});

export const peerJoinedFact = peerAddress.extend({ labels, anchor: anchorName });
export const peerLeftFact = z.object({
  peerId,
  incarnation,
  reason: z.enum(['left', 'crashed', 'replaced']),
});

/** Redis has lost what it knew: everybody is to join again, each at a moment of its own within this time. */
export const registryWipedFact = z.object({
  registry: registryId,
  withinMs: z.number().int().nonnegative().max(600_000),
});

/** To a peer's inbox: send a full `holdings.reported` now. */
export const reportCommand = z.object({ reason: text });
/** To a peer's inbox: the network does not know you; join again and report. */
export const rejoinCommand = z.object({ reason: text });
/** To a peer's inbox: end gracefully. */
export const leaveCommand = z.object({ commandId: key, reason: text });
/** To a peer's inbox: this name is no more; the file stays. */
export const forgetCommand = z.object({ commandId: key, name: fileName, version, fileId, reason: text });
/** To a peer's inbox: forget a file that a distribution or person removed. */
export const dropCommand = z.object({ commandId: key, fileId, reason: text, freedBytes: bytes.optional() });
