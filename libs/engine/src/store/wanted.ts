import { Bitfield, type ChunkRange } from '#core';
import type { Manifest } from '#chunking';

/** The chunks that an order asks for: all when it does not say. @throws ShoalError `chunk-out-of-range` */
export const wantedOf = (manifest: Manifest, only: readonly ChunkRange[] | undefined): Bitfield =>
  only === undefined ? Bitfield.full(manifest.chunkCount) : Bitfield.fromRanges(manifest.chunkCount, only);

/** Bytes of the chunks that are wanted and not held. */
export const missingBytes = (manifest: Manifest, wanted: Bitfield, held: Bitfield): number => {
  let bytes = 0;
  for (const chunk of wanted) if (!held.has(chunk)) bytes += manifest.lengthOf(chunk);
  return bytes;
};
