import type { ChunkIndex } from '#core';
import { CHUNK_COUNT_MAX } from './chunk-size.js';
import { FILE_NAME_BYTES_MAX } from './file-name.js';
import { shorten } from './shorten.js';

/** Endings that belong together: the number goes before the whole of them. */
const DOUBLE_ENDING = /\.tar\.[a-z0-9]{1,4}$/i;
const NUMBER_BYTES_MAX = String(CHUNK_COUNT_MAX).length;
/** A longer "ending" is no ending but a name with a dot in it. */
const ENDING_BYTES_MAX = 64;

/**
 * Name of a chunk, counted from 1, before the ending: `music.txt` -> `music1.txt`, `a.tar.gz` -> `a1.tar.gz`,
 * `.bashrc` -> `.bashrc1`, `README` -> `README1`. Where a number of five digits would make it longer than 255 bytes the
 * stem is shortened (at a whole character), for all chunks of a file alike, so that no two get the same name.
 */
export const chunkName = (fileName: string, index: ChunkIndex): string => chunkNamer(fileName)(index);

/** The same for many chunks of one file. */
export const chunkNamer = (fileName: string): ((index: ChunkIndex) => string) => {
  const ending = endingOf(fileName);
  const room = FILE_NAME_BYTES_MAX - NUMBER_BYTES_MAX - Buffer.byteLength(ending);
  const stem = shorten(fileName.slice(0, fileName.length - ending.length), room);
  return (index) => `${stem}${index + 1}${ending}`;
};

const endingOf = (name: string): string => {
  const ending = DOUBLE_ENDING.exec(name);
  if (ending !== null && ending.index > 0) return ending[0];
  const dot = name.lastIndexOf('.');
  if (dot <= 0 || dot === name.length - 1) return '';
  return Buffer.byteLength(name.slice(dot)) <= ENDING_BYTES_MAX ? name.slice(dot) : '';
};
