import { z } from 'zod';
import {
  bytes,
  errorDocument,
  fileId,
  fileName,
  key,
  peerId,
  peerName,
  text,
  timestamp,
  version,
} from './fields.js';
import { MESSAGE_LIMITS } from './limits.js';

/** A target by peer id, or by name (`host7`, `peer:host7`). */
export const targetSelector = z.string().min(1).max(255);

/** A folder below the first of the peer's roots; relative, no `..`. */
export const targetFolder = z
  .string()
  .max(1_024)
  .refine((path) => !path.startsWith('/') && !path.includes('\0') && !path.split('/').includes('..'), {
    message: 'must be relative and must not contain ".."',
  });

/** The public door: make peers download a file. */
export const downloadRequest = z.object({
  /** `music.txt`, `music.txt@2` or a file id. */
  file: z.string().min(1).max(300),
  targets: z.array(targetSelector).min(1).max(MESSAGE_LIMITS.targets),
  folder: targetFolder.optional(),
  /** File name at the target; the published name when left out. */
  saveAs: fileName.optional(),
  /** Replace a file that is there already. */
  force: z.boolean().default(false),
  /** Bytes a second at each target. */
  maxDownRate: z.number().int().positive().optional(),
  /** The same key is the same distribution. Left out: the AMQP message id, else the digest of the request. */
  idempotencyKey: key.optional(),
});
export type DownloadRequest = z.infer<typeof downloadRequest>;
export const downloadReply = z.object({
  distributionId: key,
  /** False when this key made the distribution before. */
  created: z.boolean(),
  targets: z.number().int(),
});

export const cancelRequest = z.object({ distributionId: key, keepParts: z.boolean().default(false) });
export const cancelReply = z.object({ distributionId: key, cancelled: z.number().int() });

export const ROW_STATES = [
  'waiting',
  'commanded',
  'downloading',
  'done',
  'failed',
  'cancelled',
  'offline',
] as const;
export const rowState = z.enum(ROW_STATES);
export type RowState = z.infer<typeof rowState>;

export const DISTRIBUTION_STATES = ['running', 'completed', 'failed', 'cancelled'] as const;
export const distributionState = z.enum(DISTRIBUTION_STATES);
export type DistributionState = z.infer<typeof distributionState>;

export const targetRow = z.object({
  peerId,
  name: peerName,
  state: rowState,
  bytes,
  rate: z.number().nonnegative(),
  updatedAt: timestamp,
  error: errorDocument.optional(),
});
export type TargetRow = z.infer<typeof targetRow>;

export const statusRequest = z.object({ distributionId: key });
export const statusReply = z.object({
  distributionId: key,
  state: distributionState,
  name: fileName.optional(),
  version: version.optional(),
  fileId,
  size: bytes,
  createdAt: timestamp,
  finishedAt: timestamp.optional(),
  rows: z.array(targetRow),
});
export type DistributionStatus = z.infer<typeof statusReply>;

/** To a peer's inbox: fetch this file. Repeating it (same `commandId`) changes nothing. */
export const downloadCommand = z.object({
  commandId: key,
  distributionId: key,
  /** Grows when a distribution is cancelled or retried; a lower one than the last seen is not run. */
  epoch: z.number().int().nonnegative(),
  /** Not run after this moment. */
  deadline: timestamp.optional(),
  fileId,
  name: fileName,
  version: version.optional(),
  folder: targetFolder.optional(),
  saveAs: fileName.optional(),
  force: z.boolean(),
  maxDownRate: z.number().int().positive().optional(),
});
export type DownloadCommand = z.infer<typeof downloadCommand>;
/** To a peer's inbox: stop a download that a command started. */
export const cancelCommand = z.object({
  commandId: key,
  distributionId: key,
  epoch: z.number().int().nonnegative(),
  keepParts: z.boolean(),
});

/** Which download a fact is about; `distributionId` and `commandId` when a command started it. */
const aboutDownload = z.object({
  peerId,
  fileId,
  distributionId: key.optional(),
  commandId: key.optional(),
});
export const bytesFromSource = z.object({
  peerId,
  name: peerName.optional(),
  chunks: z.number().int(),
  bytes,
});
export const downloadProgressFact = aboutDownload.extend({
  bytes,
  size: bytes,
  /** Bytes a second over the last few seconds. */
  rate: z.number().nonnegative(),
  sources: z.number().int().nonnegative(),
});
export const downloadCompletedFact = aboutDownload.extend({
  size: bytes,
  sha256: z.string(),
  path: z.string().max(4_096),
  milliseconds: z.number().nonnegative(),
  /** Chunks and bytes that were verified, by the peer that sent them; at most the 50 that sent most. */
  from: z.array(bytesFromSource).max(MESSAGE_LIMITS.handoutPeers),
  /** Plain files of a tree. */
  files: z.number().int().nonnegative().optional(),
});
export const downloadFailedFact = aboutDownload.extend({ error: errorDocument });

export const distributionEndedFact = z.object({
  distributionId: key,
  state: distributionState,
  fileId,
  name: fileName.optional(),
  version: version.optional(),
  size: bytes,
  targets: z.number().int(),
  done: z.number().int(),
  failed: z.number().int(),
  cancelled: z.number().int(),
  createdAt: timestamp,
  finishedAt: timestamp,
  reason: text.optional(),
});
