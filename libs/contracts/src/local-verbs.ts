import { z } from 'zod';
import { bytes, fileId, fileName } from './fields.js';

/** What the everyday verbs ask of a daemon over its control socket, beside publish and get (see local-api.ts). */
export const LOCAL_VERB_ROUTES = {
  stopSharing: '/v1/stop-sharing',
  clean: '/v1/clean',
} as const;

/** Files named in one request. */
const FILES_MAX = 10_000;
const path = z.string().min(1).max(4_096);

export const localStopSharingRequest = z.object({ files: z.array(fileId).min(1).max(FILES_MAX) });
/** Those of the files that were shared. */
export const localStopSharingReply = z.object({
  stopped: z.array(z.object({ fileId, name: fileName.optional(), path, wasComplete: z.boolean() })),
});
export type LocalStopSharingReply = z.infer<typeof localStopSharingReply>;

export const localCleanRequest = z.object({
  /** Say what would go, and leave it. */
  dryRun: z.boolean(),
  /** Only what nobody has touched for so long, milliseconds. */
  olderThanMs: z.number().int().nonnegative(),
});
export const localLeftover = z.object({
  kind: z.enum(['part-file', 'command-records', 'one-shot-folder']),
  path,
  bytes,
  /** Milliseconds since 1970: the last time that something was done with it. */
  lastUse: z.number().nonnegative(),
  /** How many there are, where it is more than one. */
  count: z.number().int().positive().optional(),
  name: z.string().max(255).optional(),
});
export type LocalLeftover = z.infer<typeof localLeftover>;
export const localCleanReply = z.object({ leftovers: z.array(localLeftover) });
