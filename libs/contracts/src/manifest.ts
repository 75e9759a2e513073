import { z } from 'zod';
import {
  chunkCount,
  fileId,
  fileName,
  fileRef,
  heldFile,
  holder,
  incarnation,
  manifestDocument,
  peerId,
  registryId,
  sequence,
  sha256,
  timestamp,
  treeShape,
  version,
  bytes,
} from './fields.js';
import { MESSAGE_LIMITS } from './limits.js';

export const publishRequest = z.object({
  name: fileName,
  manifest: manifestDocument,
});
/** `created`: first version of the name. `new-version`: content differs from the latest. `unchanged`: same SHA-256. */
export const publishReply = z.object({
  name: fileName,
  version,
  fileId,
  outcome: z.enum(['created', 'new-version', 'unchanged']),
  /** Of that version. */
  publishedAt: timestamp,
});

/** Takes a name, or one version of it, out of the network. Files on disks stay. */
export const unpublishRequest = z.object({
  name: fileName,
  /** Every version when left out. */
  version: version.optional(),
  /** Peers drop what no name points to any more: those that are here now, the others when they next report it. */
  everywhere: z.boolean().default(false),
});
export const unpublishReply = z.object({
  name: fileName,
  /** `gone`: no name points to this content any more. */
  removed: z.array(z.object({ version, fileId, gone: z.boolean() })),
  /** What the name points to now; left out when it is gone. */
  latest: version.optional(),
  /** Peers that were told to drop something. */
  told: z.number().int().nonnegative(),
});

export const getRequest = z.object({
  file: fileRef,
  /** The asker; it is never in its own handout. */
  asker: peerId.optional(),
  /** False to ask for holders only. */
  withManifest: z.boolean().default(true),
  /** How many holders at most; 0 for none. */
  holders: z.number().int().min(0).max(MESSAGE_LIMITS.handoutPeers).default(MESSAGE_LIMITS.handoutPeers),
  /** Peers that the asker cannot reach. */
  exclude: z.array(peerId).max(MESSAGE_LIMITS.excludedPeers).default([]),
  /** Only holders that have this chunk. */
  chunk: z.number().int().nonnegative().max(MESSAGE_LIMITS.chunks).optional(),
});
export const getReply = z.object({
  /** Left out when the file was asked for by `fileId` and no name points to it any more. */
  name: fileName.optional(),
  version: version.optional(),
  publishedAt: timestamp.optional(),
  fileId,
  size: bytes,
  chunkCount,
  manifest: manifestDocument.optional(),
  holders: z.array(holder).max(MESSAGE_LIMITS.handoutPeers),
  /** All live holders, and how many of them have every chunk. */
  holderCount: z.number().int().nonnegative(),
  seederCount: z.number().int().nonnegative(),
});

/** What a peer knows of a name whose file it holds. */
export const nameFact = z.object({
  name: fileName,
  version: version.max(MESSAGE_LIMITS.restoredVersion),
  fileId,
  publishedAt: timestamp,
  /** The registry that said so. */
  learntIn: registryId,
});
/** A peer's own record of them. */
export const namesBook = z.array(nameFact);
export type NameFact = z.output<typeof nameFact>;

/**
 * Are these names still so? A Redis that lost them takes them back: those that it wants come again, one file in a message,
 * with the manifest.
 */
export const restoreRequest = z.object({
  peerId,
  names: z.array(nameFact).min(1).max(MESSAGE_LIMITS.restoredNames),
  /** All names are of this file. */
  manifest: manifestDocument.optional(),
});
/**
 * `known`: it is so. `wanted`: send it with its manifest. `restored`: it is so again. `removed`: it was taken away.
 * `conflict`: that version is another file here.
 */
export const restoreOutcome = z.enum(['known', 'wanted', 'restored', 'removed', 'conflict']);
export type RestoreOutcome = z.infer<typeof restoreOutcome>;
export const restoreReply = z.object({
  /** The registry that answers. */
  registry: registryId,
  /** One for each name, in their order. */
  outcomes: z.array(restoreOutcome),
});

export const searchRequest = z.object({
  /** `*` and `?` as in a shell; no other wildcard. */
  pattern: z.string().min(1).max(MESSAGE_LIMITS.patternCharacters),
  after: fileName.optional(),
  limit: z.number().int().min(1).max(MESSAGE_LIMITS.pageRows).default(100),
});
export const versionRow = z.object({
  version,
  fileId,
  size: bytes,
  sha256,
  chunkSize: z.number().int(),
  chunkCount,
  publishedAt: timestamp,
  holderCount: z.number().int(),
  /** Only of a tree. */
  tree: treeShape.optional(),
});
export const fileRow = z.object({ name: fileName, latest: version, versions: z.array(versionRow) });
export type FileRow = z.infer<typeof fileRow>;
export const searchReply = z.object({ files: z.array(fileRow), next: fileName.optional() });

/** What every message about holdings starts with; an older (incarnation, sequence) never undoes a newer one. */
const fromHolder = z.object({ peerId, incarnation, sequence });

/** Chunks that are now verified and written. Adds; never removes. */
export const acknowledgedEvent = fromHolder.extend({
  files: z.array(heldFile).min(1).max(MESSAGE_LIMITS.acknowledgedFiles),
});
/** Everything that the peer holds. Replaces all that was known once its last part is in. */
export const reportedEvent = fromHolder.extend({
  /** 0-based number of this part, and how many there are; all parts carry one sequence. */
  part: z.number().int().nonnegative(),
  parts: z.number().int().positive().max(1_000),
  files: z.array(heldFile).max(MESSAGE_LIMITS.reportFiles),
});
/** Files that the peer holds no more. */
export const retractedEvent = fromHolder.extend({
  files: z.array(fileId).min(1).max(MESSAGE_LIMITS.acknowledgedFiles),
});

/**
 * May a peer give up these chunks that the network placed on it? Yes only when each has another holder that stays: then, in
 * the same step, the peer is no holder of this file any more. Asked before a byte is deleted.
 */
export const releaseRequest = fromHolder.extend({ file: heldFile });
export const releaseReply = z.object({ released: z.boolean() });

export const fileUnpublishedFact = z.object({
  name: fileName,
  version,
  fileId,
  /** No name points to this content any more. */
  gone: z.boolean(),
});
export const filePublishedFact = z.object({ name: fileName, version, fileId, size: bytes, chunkCount });
