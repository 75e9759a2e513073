import { isAbsolute } from 'node:path';
import { z } from 'zod';
import { manifestFromDocument, type FileIdentity, type Manifest } from '#chunking';
import { DIGEST_ALGORITHMS, FILE_ID_PATTERN, type ChunkRange, type FileId } from '#core';
import { CHUNK_FILE_ROW } from '../chunk-files/chunk-file-row.js';

/** Bytes of a record: the largest manifest (2.9 MB) and its places; 65,536 chunk files with names of 255 bytes take 22 MB. */
export const RECORD_BYTES_MAX = 32 * 1_024 * 1_024;

/** One place where a file lies. */
export type PlaceRecord =
  | {
      readonly kind: 'complete';
      readonly path: string;
      readonly name?: string | undefined;
      readonly identity: FileIdentity;
      readonly isFetched?: boolean | undefined;
    }
  /** A tree that is served from the folder `path`; a file beside this record knows how it looked. */
  | {
      readonly kind: 'tree';
      readonly path: string;
      readonly name?: string | undefined;
      readonly isFetched?: boolean | undefined;
    }
  | {
      readonly kind: 'part';
      readonly target: string;
      readonly name?: string | undefined;
      readonly force: boolean;
      readonly only?: readonly ChunkRange[] | undefined;
      /** Set just before it is delivered: a file at `target` that looks so is the delivered one. */
      readonly sealed?: FileIdentity | undefined;
    }
  | {
      readonly kind: 'chunk-files';
      readonly folder: string;
      readonly name?: string | undefined;
      /** See ChunkFileRow. */
      readonly files: readonly string[];
    };

export type PartRecord = Extract<PlaceRecord, { kind: 'part' }>;
export type ChunkFilesRecord = Extract<PlaceRecord, { kind: 'chunk-files' }>;

/** What the data folder remembers of one file. */
export interface FileRecord {
  readonly manifest: Manifest;
  readonly places: readonly PlaceRecord[];
}

const whole = z
  .string()
  .regex(/^\d{1,20}$/)
  .transform((text) => BigInt(text));
const identity = z.object({
  device: whole,
  inode: whole,
  size: z.int().nonnegative(),
  modified: z
    .string()
    .regex(/^-?\d{1,20}$/)
    .transform((text) => BigInt(text)),
});
const absolute = z.string().refine(isAbsolute, 'must be an absolute path');
const range = z.object({ start: z.int().nonnegative(), end: z.int().positive() });
const place = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('complete'),
    path: absolute,
    name: z.string().optional(),
    identity,
    isFetched: z.boolean().optional(),
  }),
  z.object({
    kind: z.literal('tree'),
    path: absolute,
    name: z.string().optional(),
    isFetched: z.boolean().optional(),
  }),
  z.object({
    kind: z.literal('part'),
    target: absolute,
    name: z.string().optional(),
    force: z.boolean(),
    only: z.array(range).optional(),
    sealed: identity.optional(),
  }),
  z.object({
    kind: z.literal('chunk-files'),
    folder: absolute,
    name: z.string().optional(),
    files: z.array(z.string().regex(CHUNK_FILE_ROW)),
  }),
]);
const schema = z.object({
  'shoal-record': z.literal(1),
  manifest: z.object({
    fileId: z
      .string()
      .regex(FILE_ID_PATTERN)
      .transform((text) => text as FileId),
    size: z.int().nonnegative(),
    sha256: z.string(),
    chunkSize: z.int().positive(),
    digestAlgorithm: z.enum(DIGEST_ALGORITHMS),
    digests: z.string(),
    tree: z.object({ indexBytes: z.int(), files: z.int() }).optional(),
  }),
  places: z.array(place),
});

export const formatRecord = (record: FileRecord): string =>
  JSON.stringify(
    { 'shoal-record': 1, places: record.places, manifest: record.manifest.toDocument() },
    (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value),
    1,
  );

/** @throws an error of zod, JSON or `bad-manifest` when it is damaged */
export const parseRecord = (text: string): FileRecord => {
  const document = schema.parse(JSON.parse(text));
  return { manifest: manifestFromDocument(document.manifest), places: document.places };
};
