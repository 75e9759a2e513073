import { z } from 'zod';
import {
  bytes,
  errorDocument,
  fileId,
  fileName,
  key,
  peerId,
  peerName,
  ranges,
  text,
  timestamp,
  version,
} from './fields.js';
import { MESSAGE_LIMITS } from './limits.js';

/** Have the chunks of a file placed on peers, so that its publisher may leave. */
export const storeRequest = z
  .object({
    /** `music.txt`, `music.txt@2` or a file id. */
    file: z.string().min(1).max(300),
    /** Peers that are to have each chunk; 0 for none but the storage peers. */
    copies: z.number().int().min(0).max(MESSAGE_LIMITS.copies).default(0),
    /** The whole file on every storage peer (label `anchor`), too. */
    storage: z.boolean().default(false),
    /** Peers whose copies do not count and that get none: the publisher that wants to leave. */
    exclude: z.array(peerId).max(MESSAGE_LIMITS.excludedPeers).default([]),
    /** The same key is the same placement. Left out: the AMQP message id, else the digest of the request. */
    idempotencyKey: key.optional(),
  })
  .refine(({ copies, storage }) => copies > 0 || storage, 'wants copies, storage, or both');
export type StoreRequest = z.infer<typeof storeRequest>;
export const storeReply = z.object({
  placementId: key,
  /** False when this key made the placement before. */
  created: z.boolean(),
});

/** `done`: the peer says so; the placement has ended when the anchors know of every copy. */
export const PLACEMENT_ROW_STATES = ['waiting', 'placing', 'done', 'failed'] as const;
export const PLACEMENT_STATES = ['running', 'completed', 'failed'] as const;
const rowState = z.enum(PLACEMENT_ROW_STATES);
const placementState = z.enum(PLACEMENT_STATES);
export type PlacementState = z.infer<typeof placementState>;

/** What one peer is to have of the file. */
export const placementRow = z.object({
  peerId,
  name: peerName,
  state: rowState,
  ranges,
  /** Of its chunks, here and there. */
  bytes,
  size: bytes,
  updatedAt: timestamp,
  error: errorDocument.optional(),
});
export type PlacementRow = z.infer<typeof placementRow>;

export const placementRequest = z.object({ placementId: key });
export const placementReply = z.object({
  placementId: key,
  state: placementState,
  fileId,
  name: fileName,
  version,
  size: bytes,
  chunkCount: z.number().int(),
  copies: z.number().int(),
  storage: z.boolean(),
  createdAt: timestamp,
  finishedAt: timestamp.optional(),
  error: errorDocument.optional(),
  rows: z.array(placementRow),
});
export type PlacementStatus = z.infer<typeof placementReply>;

/** To a peer's inbox: keep these chunks for the network. What came of it is told by `download.*` facts. */
export const storeCommand = z.object({
  commandId: key,
  /** The placement. */
  distributionId: key,
  /** Grows with every command of a placement; a lower one than the last seen is not run. */
  epoch: z.number().int().nonnegative(),
  deadline: timestamp.optional(),
  fileId,
  name: fileName,
  version: version.optional(),
  /** Everything that this peer is to have, also what an earlier command asked for. */
  ranges: ranges.min(1),
});
export type StoreCommand = z.infer<typeof storeCommand>;

export const placementEndedFact = z.object({
  placementId: key,
  state: placementState,
  fileId,
  name: fileName,
  version,
  size: bytes,
  copies: z.number().int(),
  storage: z.boolean(),
  peers: z.number().int(),
  createdAt: timestamp,
  finishedAt: timestamp,
  reason: text.optional(),
  error: errorDocument.optional(),
});
