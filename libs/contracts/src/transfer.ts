import { z } from 'zod';
import { distributionStatus, distributionSummary, ROW_STATES, rowState } from './distribution.js';
import { distributionOptions, priority, startsBeforeItsDeadline, target } from './distribution-options.js';
import {
  bytes,
  errorDocument,
  fileId,
  fileName,
  key,
  peerId,
  peerName,
  timestamp,
  version,
} from './fields.js';
import { MESSAGE_LIMITS } from './limits.js';

/** A folder below the first of the peer's roots; relative, no `..`. */
export const targetFolder = z
  .string()
  .max(1_024)
  .refine((path) => !path.startsWith('/') && !path.includes('\0') && !path.split('/').includes('..'), {
    message: 'must be relative and must not contain ".."',
  });

/** The public door: make peers download a file. A field that is not known is refused: `"wave"` must not reach everybody at once. */
export const downloadRequest = z
  .strictObject({
    /** `music.txt`, `music.txt@2` or a file id. */
    file: z.string().min(1).max(300),
    /** Peers by name or id, or selectors: text or JSON (see `parseTarget`). A peer that several mean is one target. */
    targets: z.array(target).min(1).max(MESSAGE_LIMITS.targets),
    folder: targetFolder.optional(),
    /** File name at the target; the published name when left out. */
    saveAs: fileName.optional(),
    /** Replace a file that is there already. */
    force: z.boolean().default(false),
    /** Bytes a second at each target. */
    maxDownRate: z.number().int().positive().optional(),
    ...distributionOptions.shape,
    /** The same key is the same distribution. Left out: the AMQP message id, else the digest of the request. */
    idempotencyKey: key.optional(),
  })
  .refine(startsBeforeItsDeadline, 'deadline: must be after startAt');
export type DownloadRequest = z.output<typeof downloadRequest>;
export const downloadReply = z.object({
  distributionId: key,
  /** False when this key made the distribution before. */
  created: z.boolean(),
  targets: z.number().int(),
});

export const cancelRequest = z.object({ distributionId: key, keepParts: z.boolean().default(false) });
export const cancelReply = z.object({ distributionId: key, cancelled: z.number().int() });

/** Targets that failed or were cancelled try again, also when all is over. */
export const retryRequest = z.object({ distributionId: key });
export const retryReply = z.object({ distributionId: key, retried: z.number().int() });

const page = {
  limit: z.number().int().min(1).max(MESSAGE_LIMITS.pageRows).default(MESSAGE_LIMITS.pageRows),
};
/** Rows are ordered by the name of the target. */
export const statusRequest = z.object({
  distributionId: key,
  /** Peer id of the last row of the page before. */
  after: peerId.optional(),
  ...page,
  /** Rows in these states only. */
  states: z.array(rowState).max(ROW_STATES.length).optional(),
});
export const statusReply = distributionStatus;

export const listRequest = z.object({
  /** The last distribution of the page before; they come from the newest to the oldest. */
  after: key.optional(),
  ...page,
});
export const listReply = z.object({ distributions: z.array(distributionSummary), next: key.optional() });

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
  /** 0 to 9; 5 when left out. */
  priority: priority.optional(),
  /** Shortest time between two `download.progress`, milliseconds. */
  progressEveryMs: z.number().int().positive().max(60_000).optional(),
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
