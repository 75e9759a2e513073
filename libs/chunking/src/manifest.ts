import { createHash, timingSafeEqual } from 'node:crypto';
import { DIGEST_BYTES, ShoalError, type ChunkIndex, type DigestAlgorithm, type FileId } from '#core';
import { checkChunkSize, chunkCountOf } from './chunk-size.js';
import { digestBytes, isDigestAlgorithm } from './digest-algorithm.js';
import { TREE_LIMITS } from './tree/tree-limits.js';

/** What a file is: enough to check every chunk and the whole, whoever sends them. Immutable. */
export interface ManifestContent {
  /** Bytes. */
  readonly size: number;
  /** SHA-256 of the whole file, hex. */
  readonly sha256: string;
  /** Bytes; the last chunk may be shorter. */
  readonly chunkSize: number;
  readonly digestAlgorithm: DigestAlgorithm;
  /** Digests of all chunks, one after the other. */
  readonly digests: Uint8Array;
  /** Set when the content is a folder with all below it. */
  readonly tree?: TreeShape | undefined;
}

/** What a manifest says of a tree; its index, the first part of the content, says the rest. */
export interface TreeShape {
  /** Bytes of the index. */
  readonly indexBytes: number;
  /** Plain files. */
  readonly files: number;
}

export class Manifest implements ManifestContent {
  readonly fileId: FileId;
  readonly size: number;
  readonly sha256: string;
  readonly chunkSize: number;
  readonly digestAlgorithm: DigestAlgorithm;
  readonly digests: Uint8Array;
  readonly tree: TreeShape | undefined;
  readonly chunkCount: number;

  /** @throws ShoalError `bad-manifest` when the numbers do not add up */
  constructor(content: ManifestContent) {
    checkContent(content);
    this.size = content.size;
    this.sha256 = content.sha256;
    this.chunkSize = content.chunkSize;
    this.digestAlgorithm = content.digestAlgorithm;
    this.digests = content.digests;
    this.tree = content.tree;
    this.chunkCount = chunkCountOf(content.size, content.chunkSize);
    this.fileId = fileIdOf(content);
  }

  /** Byte offset of a chunk in the file. */
  offsetOf(index: ChunkIndex): number {
    this.check(index);
    return index * this.chunkSize;
  }

  /** Bytes of a chunk. */
  lengthOf(index: ChunkIndex): number {
    this.check(index);
    return Math.min(this.chunkSize, this.size - index * this.chunkSize);
  }

  digestOf(index: ChunkIndex): Uint8Array {
    this.check(index);
    return this.digests.subarray(index * DIGEST_BYTES, (index + 1) * DIGEST_BYTES);
  }

  /** Whether `bytes` are exactly this chunk. */
  verify(index: ChunkIndex, bytes: Uint8Array): boolean {
    if (bytes.length !== this.lengthOf(index)) return false;
    return timingSafeEqual(digestBytes(this.digestAlgorithm, bytes), this.digestOf(index));
  }

  toDocument(): ManifestJson {
    return {
      fileId: this.fileId,
      size: this.size,
      sha256: this.sha256,
      chunkSize: this.chunkSize,
      digestAlgorithm: this.digestAlgorithm,
      digests: Buffer.from(this.digests).toString('base64'),
      ...(this.tree === undefined ? {} : { tree: this.tree }),
    };
  }

  private check(index: ChunkIndex): void {
    if (!Number.isInteger(index) || index < 0 || index >= this.chunkCount) {
      throw new ShoalError('chunk-out-of-range', `chunk ${index + 1} is not in 1..${this.chunkCount}`);
    }
  }
}

/** A manifest in JSON: a message's body or a manifest file. */
export interface ManifestJson {
  readonly fileId: FileId;
  readonly size: number;
  readonly sha256: string;
  readonly chunkSize: number;
  readonly digestAlgorithm: DigestAlgorithm;
  /** Base64. */
  readonly digests: string;
  /** Only for a tree. */
  readonly tree?: TreeShape | undefined;
}

/**
 * A manifest from JSON whose shape was checked before; it must prove itself: the file id is computed again.
 * @throws ShoalError `bad-manifest`
 */
export const manifestFromDocument = (document: ManifestJson): Manifest => {
  const digests = Buffer.from(document.digests, 'base64');
  if (digests.toString('base64') !== document.digests) throw badManifest('its digests are not plain base64');
  return provenManifest({ ...document, digests }, document.fileId);
};

/** @throws ShoalError `bad-manifest` when the content is not what `fileId` names */
export const provenManifest = (content: ManifestContent, fileId: string): Manifest => {
  const manifest = new Manifest(content);
  if (manifest.fileId !== fileId) {
    throw badManifest(`it names the file ${fileId.slice(0, 64)} but describes ${manifest.fileId}`);
  }
  return manifest;
};

export const badManifest = (why: string, cause?: unknown): ShoalError =>
  new ShoalError('bad-manifest', `the manifest cannot be used: ${why}`, { cause });

/**
 * SHA-256 over: `shoal-file-1` NUL, size (u64), SHA-256 of the whole (32 bytes), chunk size (u32), the digest
 * algorithm's name, NUL, all chunk digests. Big-endian. A tree begins with `shoal-tree-1` NUL, bytes of its index (u32),
 * its files (u32) instead of `shoal-file-1` NUL.
 */
const fileIdOf = (content: ManifestContent): FileId => {
  const numbers = Buffer.alloc(12);
  numbers.writeBigUInt64BE(BigInt(content.size), 0);
  numbers.writeUInt32BE(content.chunkSize, 8);
  return createHash('sha256')
    .update(idHead(content.tree))
    .update(numbers.subarray(0, 8))
    .update(Buffer.from(content.sha256, 'hex'))
    .update(numbers.subarray(8))
    .update(`${content.digestAlgorithm}\0`)
    .update(content.digests)
    .digest('hex') as FileId;
};

const idHead = (tree: TreeShape | undefined): Buffer => {
  if (tree === undefined) return Buffer.from('shoal-file-1\0');
  const numbers = Buffer.alloc(8);
  numbers.writeUInt32BE(tree.indexBytes, 0);
  numbers.writeUInt32BE(tree.files, 4);
  return Buffer.concat([Buffer.from('shoal-tree-1\0'), numbers]);
};

const checkContent = (content: ManifestContent): void => {
  if (!Number.isSafeInteger(content.size) || content.size < 0) throw badManifest(`a size of ${content.size}`);
  checkSizes(content);
  checkTree(content);
  if (!/^[0-9a-f]{64}$/.test(content.sha256))
    throw badManifest('its SHA-256 is not 64 lower-case hex digits');
  if (!isDigestAlgorithm(content.digestAlgorithm)) {
    throw badManifest(`unknown digest algorithm "${String(content.digestAlgorithm).slice(0, 32)}"`);
  }
  const expected = chunkCountOf(content.size, content.chunkSize) * DIGEST_BYTES;
  if (content.digests.length !== expected) {
    throw badManifest(`it has ${content.digests.length} bytes of digests where ${expected} belong`);
  }
};

const checkTree = ({ size, tree }: ManifestContent): void => {
  if (tree === undefined) return;
  const { indexBytes, files } = tree;
  const whole = [indexBytes, files].every((number) => Number.isInteger(number) && number >= 0);
  if (whole && indexBytes <= Math.min(size, TREE_LIMITS.indexBytes) && files <= TREE_LIMITS.entries) return;
  throw badManifest(`a tree of ${files} files with an index of ${indexBytes} bytes`);
};

const checkSizes = ({ size, chunkSize }: ManifestContent): void => {
  try {
    checkChunkSize(size, chunkSize);
  } catch (error) {
    throw badManifest((error as ShoalError).message, error);
  }
};
