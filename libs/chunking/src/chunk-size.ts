import { KIB, MIB, ShoalError } from '#core';

/** Chunk sizes a publisher may choose, bytes. */
export const CHUNK_SIZE_MIN = 1 * KIB;
export const CHUNK_SIZE_MAX = 64 * MIB;
/** No file has more chunks than this: a bitfield is 8 KiB, the digests of a manifest 2 MiB. */
export const CHUNK_COUNT_MAX = 65_536;

const AUTOMATIC_MIN = 64 * KIB;
const AUTOMATIC_MAX = 8 * MIB;
const AUTOMATIC_CHUNKS = 1_024;
/** A larger file has chunks of at least `LARGE_MIN`. */
const LARGE_FILE = 256 * MIB;
const LARGE_MIN = 1 * MIB;

/**
 * Chunk size for a file, bytes: the smallest power of two from 64 KiB to 8 MiB that makes at most 1,024 chunks, larger
 * only where 8 MiB would make more than 65,536. A chunk costs every peer work that does not depend on its size (a request, news to all
 * neighbours): 1 MiB instead of 512 KiB takes 12 % of the CPU off 1 to 16 on one machine, and files of more than 256 MiB have enough
 * chunks all the same. Few, big chunks are what makes small files slow in a swarm: with M chunks
 * and N peers the overhead over the fluid bound is about log2(N)/M (Mundinger, Weber, Weiss 2008).
 * @throws ShoalError `bad-size` when even 64 MiB chunks are too many (files over 4 TiB)
 */
export const automaticChunkSize = (fileSize: number): number => {
  let chunkSize = fileSize > LARGE_FILE ? LARGE_MIN : AUTOMATIC_MIN;
  while (chunkSize < AUTOMATIC_MAX && fileSize > chunkSize * AUTOMATIC_CHUNKS) chunkSize *= 2;
  while (fileSize > chunkSize * CHUNK_COUNT_MAX) chunkSize *= 2;
  checkChunkSize(fileSize, chunkSize);
  return chunkSize;
};

/** @throws ShoalError `bad-size` whose hint names a size that works */
export const checkChunkSize = (fileSize: number, chunkSize: number): void => {
  if (!Number.isSafeInteger(chunkSize) || chunkSize < CHUNK_SIZE_MIN || chunkSize > CHUNK_SIZE_MAX) {
    throw new ShoalError('bad-size', `a chunk size of ${chunkSize} bytes is not possible`, {
      hint: 'Choose 1KiB to 64MiB, or leave the chunk size out.',
    });
  }
  if (fileSize > chunkSize * CHUNK_COUNT_MAX) {
    throw new ShoalError(
      'bad-size',
      `chunks of ${chunkSize} bytes would cut ${fileSize} bytes into more than ${CHUNK_COUNT_MAX}`,
      { hint: 'Choose a larger chunk size, or leave it out.' },
    );
  }
};

/** Chunks of a file; 0 for an empty one. */
export const chunkCountOf = (fileSize: number, chunkSize: number): number => Math.ceil(fileSize / chunkSize);
