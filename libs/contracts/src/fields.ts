import {
  ANCHOR_NAME_PATTERN,
  DIGEST_ALGORITHMS,
  FILE_ID_PATTERN,
  LABEL_KEY_PATTERN,
  LABEL_VALUE_PATTERN,
  PEER_ID_PATTERN,
  PEER_NAME_PATTERN,
  type FileId,
  type PeerId,
} from '#core';
import { z } from 'zod';
import { MESSAGE_LIMITS } from './limits.js';

export const peerId = z
  .string()
  .regex(PEER_ID_PATTERN, 'must be 40 lower-case hex digits')
  .transform((text) => text as PeerId);
export const fileId = z
  .string()
  .regex(FILE_ID_PATTERN, 'must be 64 lower-case hex digits')
  .transform((text) => text as FileId);
export const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 lower-case hex digits');
export const anchorName = z
  .string()
  .regex(ANCHOR_NAME_PATTERN, 'must be lower-case letters, digits and "-", at most 32');
export const peerName = z
  .string()
  .regex(PEER_NAME_PATTERN, 'must be letters, digits, "_" and "-", at most 63');
export const incarnation = z.number().int().positive();
export const sequence = z.number().int().nonnegative();
export const timestamp = z.number().int().nonnegative();
export const bytes = z.number().int().nonnegative();
export const version = z.number().int().positive();
/** Names one life of what Redis knows: an empty Redis gets a new one. */
export const registryId = z
  .string()
  .regex(/^[0-9a-zA-Z-]{1,64}$/, 'must be letters, digits and "-", at most 64');
export const text = z.string().max(MESSAGE_LIMITS.textCharacters);
export const key = z.string().min(1).max(MESSAGE_LIMITS.keyCharacters);

// NUL, control characters, a slash, `.` and `..` could leave the target folder or a terminal line.
const UNSAFE_NAME = /[\u0000-\u001f\u007f/]/;
export const fileName = z
  .string()
  .min(1, 'must not be empty')
  .refine(
    (name) => new TextEncoder().encode(name).length <= MESSAGE_LIMITS.nameBytes,
    'must be at most 255 bytes',
  )
  .refine((name) => !UNSAFE_NAME.test(name), 'must not contain "/" or control characters')
  .refine((name) => name !== '.' && name !== '..', 'must not be "." or ".."');

export const labels = z
  .record(z.string().regex(LABEL_KEY_PATTERN), z.string().regex(LABEL_VALUE_PATTERN))
  .refine(
    (all) => Object.keys(all).length <= MESSAGE_LIMITS.labels,
    `at most ${MESSAGE_LIMITS.labels} labels`,
  );

/** Where a peer's chunk port answers. */
export const address = z.object({
  host: z.string().min(1).max(253),
  port: z.number().int().min(1).max(65_535),
});
export type Address = z.infer<typeof address>;

/** `[start, end)` pairs of chunk indexes, ascending and not touching. */
export const ranges = z
  .array(z.tuple([z.number().int().nonnegative(), z.number().int().positive()]))
  .max(MESSAGE_LIMITS.rangesPerFile)
  .refine(
    (all) =>
      all.every(
        ([start, end], at) => start < end && (at === 0 || start > (all[at - 1] as [number, number])[1]),
      ),
    'must be ascending [start, end) pairs that do not touch',
  );

export const chunkCount = z.number().int().nonnegative().max(MESSAGE_LIMITS.chunks);

/** What a peer lets the network place on it: its cap, and how much of that is free now. Bytes. */
export const storage = z.object({ max: bytes, free: bytes });
export type StorageOffer = z.infer<typeof storage>;

/** What a peer holds of one file; `ranges` is left out when it holds all. */
export const heldFile = z.object({
  fileId,
  chunkCount,
  ranges: ranges.optional(),
});
export type HeldFile = z.infer<typeof heldFile>;

/** A file by name, by name and version, or by content. */
export const fileRef = z.union([
  z.object({ name: fileName, version: version.optional() }).strict(),
  z.object({ fileId }).strict(),
]);
export type FileRef = z.infer<typeof fileRef>;

/** What makes a file a tree (a folder with all below it): bytes of the index that its content begins with, plain files. */
export const treeShape = z.object({
  indexBytes: z.number().int().nonnegative().max(MESSAGE_LIMITS.treeIndexBytes),
  files: z.number().int().nonnegative().max(MESSAGE_LIMITS.treeEntries),
});
export type TreeShapeDocument = z.infer<typeof treeShape>;

/** A manifest as it travels in JSON. It proves itself: `fileId` is the digest of the rest (libs/chunking). */
export const manifestDocument = z.object({
  fileId,
  size: bytes,
  sha256,
  chunkSize: z.number().int().min(MESSAGE_LIMITS.chunkBytesMin).max(MESSAGE_LIMITS.chunkBytesMax),
  digestAlgorithm: z.enum(DIGEST_ALGORITHMS),
  /** Base64 of all chunk digests, one after the other, 32 bytes each. */
  digests: z.string().max(Math.ceil((MESSAGE_LIMITS.chunks * 32) / 3) * 4),
  tree: treeShape.optional(),
});
export type ManifestDocument = z.infer<typeof manifestDocument>;

/** A peer as it is handed out. */
export const peerAddress = z.object({
  peerId,
  incarnation,
  name: peerName,
  address,
});
export type PeerAddress = z.infer<typeof peerAddress>;

/** A live peer that holds some or all chunks of a file; `ranges` is left out when it holds all. */
export const holder = peerAddress.extend({
  labels: labels.optional(),
  ranges: ranges.optional(),
});
export type Holder = z.infer<typeof holder>;

export const errorDocument = z.object({
  code: z.string().max(64),
  message: z.string().max(4_000),
  retry: z.enum(['permanent', 'transient']),
  hint: z.string().max(1_000).optional(),
});
