import { Bitfield } from '#core';
import type { HeldFile } from '#contracts';
import type { Argument } from './script.js';

/**
 * What a message says about files, as script arguments: file id, chunks, offset, patch. A patch is the part of the bitmap
 * from the first to the last byte with a bit set, so that its cost does not depend on the number of ranges; a whole file is
 * offset -1. A file of which nothing is held is left out.
 * @throws ShoalError `chunk-out-of-range`
 */
export const patchesOf = (files: readonly HeldFile[]): Argument[] => files.flatMap(patchOf);

/** The chunks that a message says are held. @throws ShoalError `chunk-out-of-range` */
export const chunksOf = (file: HeldFile): Bitfield =>
  file.ranges === undefined
    ? Bitfield.full(file.chunkCount)
    : Bitfield.fromRanges(
        file.chunkCount,
        file.ranges.map(([start, end]) => ({ start, end })),
      );

const patchOf = (file: HeldFile): Argument[] => {
  const chunks = chunksOf(file);
  if (chunks.isFull) return [file.fileId, file.chunkCount, -1, ''];
  if (chunks.isEmpty) return [];
  const bytes = Buffer.from(chunks.toBytes());
  const start = bytes.findIndex((byte) => byte !== 0);
  const end = bytes.findLastIndex((byte) => byte !== 0) + 1;
  return [file.fileId, file.chunkCount, start, bytes.subarray(start, end)];
};
