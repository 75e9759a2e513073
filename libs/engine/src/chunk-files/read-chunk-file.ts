import { KIB, ShoalError, type DigestAlgorithm } from '#core';
import { runningDigest, sameFile } from '#chunking';
import type { FileDetails, FileSystem } from '../store/file-system.js';

/** Bytes read and digested at a time: the event loop is held for less than a millisecond. */
const SLICE_BYTES = 512 * KIB;

/**
 * Reads a whole file, as long as `bytes`, and returns its digest. `details` are those of the name, not of what a symbolic
 * link there leads to: any other file that is opened in its place is refused.
 * @throws system errors; ShoalError `file-changed`
 */
export const readChunkFile = async (
  fs: FileSystem,
  path: string,
  details: FileDetails,
  bytes: Uint8Array,
  algorithm: DigestAlgorithm,
): Promise<Uint8Array> => {
  const file = await fs.open(path, 'read');
  try {
    const hash = runningDigest(algorithm);
    for (let at = 0; at < bytes.length; at += SLICE_BYTES) {
      const slice = bytes.subarray(at, at + SLICE_BYTES);
      hash.update(slice.subarray(0, await file.read(slice, at)));
    }
    if (!sameFile(details, await file.stat())) throw new ShoalError('file-changed', 'is being written to');
    return hash.digest();
  } finally {
    await file.close();
  }
};
