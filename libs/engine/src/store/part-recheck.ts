import { Bitfield, type ChunkIndex } from '#core';
import type { Manifest } from '#chunking';
import type { OpenFile } from './file-system.js';

/** Bytes looked at to tell a chunk that was never written (a hole reads as zeros) from one that was. */
const PROBE_BYTES = 4_096;

/**
 * Finds chunks that no bitmap vouches for by their digest: those written after the last checkpoint, or all of a part file
 * whose bitmap was lost. Chunks that look like holes are passed over after three short reads, so the work is that of what
 * was written, not of the file's size; a written chunk of many zeros may be passed over too, and is fetched again.
 *
 * What is found is written once more: had an fsync failed before, the page would be in memory only and count as saved,
 * and the next fsync would vouch for it in vain.
 */
export const recheckPart = async (
  file: OpenFile,
  manifest: Manifest,
  vouched: Bitfield,
): Promise<readonly ChunkIndex[]> => {
  const found: ChunkIndex[] = [];
  let buffer: Uint8Array | undefined;
  for (let chunk = 0; chunk < manifest.chunkCount; chunk++) {
    if (vouched.has(chunk) || !(await looksWritten(file, manifest, chunk))) continue;
    buffer ??= Buffer.allocUnsafe(manifest.chunkSize);
    const bytes = buffer.subarray(0, manifest.lengthOf(chunk));
    const read = await file.read(bytes, manifest.offsetOf(chunk));
    if (!manifest.verify(chunk, bytes.subarray(0, read))) continue;
    await file.write(bytes, manifest.offsetOf(chunk));
    found.push(chunk);
  }
  return found;
};

const looksWritten = async (file: OpenFile, manifest: Manifest, chunk: ChunkIndex): Promise<boolean> => {
  const length = manifest.lengthOf(chunk);
  const probe = Buffer.allocUnsafe(Math.min(PROBE_BYTES, length));
  const last = length - probe.length;
  for (const offset of new Set([0, Math.floor(last / 2), last])) {
    const read = await file.read(probe, manifest.offsetOf(chunk) + offset);
    if (probe.subarray(0, read).some((byte) => byte !== 0)) return true;
  }
  return false;
};
