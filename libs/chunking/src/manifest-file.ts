import { z } from 'zod';
import { DIGEST_ALGORITHMS, DIGEST_BYTES, MIB, ShoalError, type ChunkIndex } from '#core';
import { chunkNamer } from './chunk-name.js';
import { CHUNK_COUNT_MAX } from './chunk-size.js';
import { isFileName } from './file-name.js';
import { badManifest, provenManifest, type Manifest } from './manifest.js';

/** Bytes of a manifest file: 65,536 chunks with names of 255 bytes make about 25 MB. */
export const MANIFEST_FILE_BYTES_MAX = 32 * MIB;
const MANIFEST_FILE_VERSION = 1;

const fileName = z.string().refine(isFileName, 'cannot be a file name');
const digest = z.string().regex(/^[0-9a-f]{64}$/);
const chunkRow = z.strictObject({
  name: fileName.optional(),
  size: z.int().positive(),
  digest,
});
const manifestFile = z.strictObject({
  'shoal-manifest': z.literal(MANIFEST_FILE_VERSION),
  name: fileName.optional(),
  fileId: digest,
  size: z.int().nonnegative(),
  sha256: digest,
  chunkSize: z.int(),
  digestAlgorithm: z.enum(DIGEST_ALGORITHMS),
  tree: z.strictObject({ indexBytes: z.int().nonnegative(), files: z.int().nonnegative() }).optional(),
  chunks: z.array(chunkRow).max(CHUNK_COUNT_MAX),
});
type ManifestFile = z.infer<typeof manifestFile>;

export interface NamedManifest {
  readonly manifest: Manifest;
  /** The file's name; chunks are named after it. */
  readonly name: string | undefined;
}

/** The text of a manifest file: JSON for people and programs, a line for every chunk. */
export const formatManifestDocument = (manifest: Manifest, name?: string): string => {
  const { fileId, size, sha256, chunkSize, digestAlgorithm, tree } = manifest;
  const head = {
    'shoal-manifest': MANIFEST_FILE_VERSION,
    ...(name === undefined ? {} : { name }),
    ...{ fileId, size, sha256, chunkSize, digestAlgorithm },
    ...(tree === undefined ? {} : { tree }),
  };
  const row = rowsOf(manifest, name);
  const rows = Array.from({ length: manifest.chunkCount }, (_, index) => JSON.stringify(row(index)));
  const chunks = rows.length === 0 ? '[]' : `[\n    ${rows.join(',\n    ')}\n  ]`;
  return `${JSON.stringify(head, null, 2).slice(0, -2)},\n  "chunks": ${chunks}\n}\n`;
};

/**
 * Reads a manifest file and proves it: whatever is changed in it, by hand or on the way, is noticed.
 * @throws ShoalError `bad-manifest`, `wrong-version`, `limit-exceeded` (a text over 32 MiB)
 */
export const parseManifestDocument = (text: string): NamedManifest => {
  const file = checkedShape(parseJson(text));
  const digests = Buffer.alloc(file.chunks.length * DIGEST_BYTES);
  file.chunks.forEach((row, index) => digests.write(row.digest, index * DIGEST_BYTES, 'hex'));
  const manifest = provenManifest({ ...file, digests }, file.fileId);
  const rowAt = rowsOf(manifest, file.name);
  file.chunks.forEach((row, index) => {
    const expected = rowAt(index);
    if (row.name === expected.name && row.size === expected.size) return;
    throw badManifest(`the name or size of chunk ${index + 1} does not belong to this file`);
  });
  return { manifest, name: file.name };
};

type ChunkRow = z.infer<typeof chunkRow>;

const rowsOf = (manifest: Manifest, name: string | undefined): ((index: ChunkIndex) => ChunkRow) => {
  const nameOf = name === undefined ? undefined : chunkNamer(name);
  return (index) => ({
    ...(nameOf === undefined ? {} : { name: nameOf(index) }),
    size: manifest.lengthOf(index),
    digest: Buffer.from(manifest.digestOf(index)).toString('hex'),
  });
};

const parseJson = (text: string): unknown => {
  if (text.length > MANIFEST_FILE_BYTES_MAX) {
    throw new ShoalError('limit-exceeded', `a manifest file has at most ${MANIFEST_FILE_BYTES_MAX} bytes`);
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw badManifest('it is not JSON', error);
  }
};

const checkedShape = (value: unknown): ManifestFile => {
  const version = z.object({ 'shoal-manifest': z.unknown() }).safeParse(value);
  const found = version.success ? version.data['shoal-manifest'] : undefined;
  if (found === undefined) throw badManifest('it has no "shoal-manifest" field');
  if (found !== MANIFEST_FILE_VERSION) {
    throw new ShoalError(
      'wrong-version',
      `manifest files of version ${String(found).slice(0, 20)} are not known here`,
      {
        hint: 'Use a newer shoal, or write the manifest file again.',
      },
    );
  }
  const parsed = manifestFile.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw badManifest(`${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'wrong shape'}`, parsed.error);
};
