import { ShoalError, type Bitfield, type ChunkIndex } from '#core';
import type { Manifest } from '#chunking';

/**
 * Where in the file to read, and how much: to the end of `into` or of the chunk.
 * @throws ShoalError `chunk-out-of-range` when the chunk is not held or the offset is not in it
 */
export const checkRead = (
  manifest: Manifest,
  held: Bitfield,
  chunk: ChunkIndex,
  offset: number,
  into: Uint8Array,
): { readonly position: number; readonly length: number } => {
  if (!held.has(chunk)) throw new ShoalError('chunk-out-of-range', `chunk ${chunk + 1} is not held`);
  const rest = manifest.lengthOf(chunk) - offset;
  if (!Number.isInteger(offset) || offset < 0 || rest <= 0) {
    throw new ShoalError('chunk-out-of-range', `byte ${offset} is not in chunk ${chunk + 1}`);
  }
  return { position: manifest.offsetOf(chunk) + offset, length: Math.min(rest, into.length) };
};
