import { z } from 'zod';
import { distributionOptions } from './distribution-options.js';
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

const count = z.number().int().nonnegative();
const milliseconds = z.number().nonnegative();

/** One target of a distribution. */
export const targetRow = z.object({
  peerId,
  name: peerName,
  state: rowState,
  bytes,
  rate: z.number().nonnegative(),
  updatedAt: timestamp,
  /** Failures so far that were tried again. */
  tries: count,
  /** When it was told to download, the last time. */
  commandedAt: timestamp.optional(),
  /** That the download took, once it is done. */
  milliseconds: milliseconds.optional(),
  /** Of the failure, or of the one before this try. */
  error: errorDocument.optional(),
});
export type TargetRow = z.infer<typeof targetRow>;

const counts = z.record(rowState, count);

export const distributionSummary = z.object({
  distributionId: key,
  state: distributionState,
  name: fileName.optional(),
  version: version.optional(),
  fileId,
  size: bytes,
  targets: count,
  /** Targets in each state. */
  counts,
  createdAt: timestamp,
  finishedAt: timestamp.optional(),
  reason: text.optional(),
  priority: distributionOptions.shape.priority,
  follow: z.boolean(),
  /** The one that this one follows: made by itself for a new version or a late joiner. */
  followsFrom: key.optional(),
});
export type DistributionSummary = z.infer<typeof distributionSummary>;

export const distributionStatus = distributionSummary.extend({
  options: distributionOptions,
  /** The current wave, from 1, of so many. */
  wave: count,
  waves: count,
  rows: z.array(targetRow).max(MESSAGE_LIMITS.pageRows),
  /** There are more rows: `after` for the next page. */
  next: peerId.optional(),
});
export type DistributionStatus = z.infer<typeof distributionStatus>;

/** Where bytes came from: a peer of the target's own rack or zone, another one, the storage of an anchor. */
export const bytesBySource = z.object({ sameLabel: bytes, other: bytes, storage: bytes });
export type BytesBySource = z.infer<typeof bytesBySource>;

export const targetResult = targetRow.pick({
  peerId: true,
  name: true,
  state: true,
  tries: true,
  milliseconds: true,
  error: true,
});
export type TargetResult = z.infer<typeof targetResult>;

/** Milliseconds; a phase that never came is left out. */
const phases = z.object({
  /** Asked for -> first command. */
  queued: milliseconds.optional(),
  /** First command -> last command. */
  commanding: milliseconds.optional(),
  /** First command -> first news of a download. */
  starting: milliseconds.optional(),
  /** First command -> last target done. */
  delivering: milliseconds.optional(),
});

/**
 * How near `delivering` came to what was possible. No target can have the file sooner than it takes to receive it at the rate
 * that is known: the limit of the request, else that of the fastest target. Concurrency and waves cost what they cost.
 */
const efficiency = z.object({
  boundMs: milliseconds,
  tookMs: milliseconds,
  /** boundMs / tookMs. */
  share: z.number().min(0).max(1),
  rate: z.number().nonnegative(),
  rateFrom: z.enum(['limit', 'fastest-target']),
});

export const distributionEndedFact = z.object({
  distributionId: key,
  state: distributionState,
  fileId,
  name: fileName.optional(),
  version: version.optional(),
  size: bytes,
  targets: count,
  done: count,
  failed: count,
  cancelled: count,
  createdAt: timestamp,
  finishedAt: timestamp,
  reason: text.optional(),
  bytes: bytesBySource,
  phases,
  efficiency: efficiency.optional(),
  /** At most so many, those that are not done first; `transfer.status` pages through all of them. */
  results: z.array(targetResult).max(MESSAGE_LIMITS.listedResults),
});
