import { createHash } from 'node:crypto';
import { ShoalError } from '#core';
import { TREE_LIMITS, TreeIndex, type FileIdentity, type Manifest } from '#chunking';
import type { FileSystem } from '../file-system.js';
import { readWhole, replaceFile } from '../replace-file.js';
import type { TreeOnDisk } from './tree-on-disk.js';

const HEAD = Buffer.from('shoal-tree-place-1\0');
const DIGEST_BYTES = 32;
/** Device, inode (u64) and time of the last change (i64, nanoseconds) of one file; its size is in the index. */
const IDENTITY_BYTES = 24;
const BYTES_MAX = HEAD.length + TREE_LIMITS.indexBytes + TREE_LIMITS.entries * IDENTITY_BYTES + DIGEST_BYTES;

/**
 * Remembers a tree, so that it is served again after a restart without being read: the index, how each file looked, and a
 * SHA-256 over all that. Durable when it resolves.
 */
export const saveTreeFile = (
  fs: FileSystem,
  path: string,
  { index, identities }: TreeOnDisk,
): Promise<void> => {
  const table = Buffer.alloc(identities.length * IDENTITY_BYTES);
  identities.forEach(({ device, inode, modified }, number) => {
    const at = number * IDENTITY_BYTES;
    table.writeBigUInt64BE(BigInt.asUintN(64, device), at);
    table.writeBigUInt64BE(BigInt.asUintN(64, inode), at + 8);
    table.writeBigInt64BE(BigInt.asIntN(64, modified), at + 16);
  });
  const body = Buffer.concat([HEAD, index.bytes, table]);
  return replaceFile(fs, path, Buffer.concat([body, sha256(body)]), 'all');
};

/** @throws ShoalError `disk-failed` when it is damaged or not of this tree; system errors */
export const loadTreeFile = async (fs: FileSystem, path: string, manifest: Manifest): Promise<TreeOnDisk> => {
  const bytes = await readWhole(fs, path, BYTES_MAX);
  const body = bytes.subarray(0, Math.max(0, bytes.length - DIGEST_BYTES));
  const { indexBytes, files } = manifest.tree ?? { indexBytes: 0, files: 0 };
  const whole = body.length === HEAD.length + indexBytes + files * IDENTITY_BYTES;
  if (!whole || !sha256(body).equals(bytes.subarray(body.length))) {
    throw new ShoalError('disk-failed', `${path} is damaged; its tree is no longer held`, {
      hint: 'Publish or get the tree again.',
    });
  }
  const index = TreeIndex.decode(body.subarray(HEAD.length, HEAD.length + indexBytes));
  index.checkAgainst(manifest);
  return { index, identities: identitiesIn(body.subarray(HEAD.length + indexBytes), index) };
};

const identitiesIn = (table: Buffer, index: TreeIndex): FileIdentity[] =>
  index.files.map(({ size }, number) => {
    const at = number * IDENTITY_BYTES;
    return {
      device: table.readBigUInt64BE(at),
      inode: table.readBigUInt64BE(at + 8),
      size,
      modified: table.readBigInt64BE(at + 16),
    };
  });

const sha256 = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest();
