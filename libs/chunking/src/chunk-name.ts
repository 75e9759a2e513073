import type { ChunkIndex } from '#core';

/** Endings that belong together: the number goes before the whole of them. */
const DOUBLE_ENDING = /\.tar\.[a-z0-9]{1,4}$/i;
const NAME_BYTES_MAX = 255;

/**
 * Name of a chunk, counted from 1, before the ending: `music.txt` -> `music1.txt`, `a.tar.gz` -> `a1.tar.gz`,
 * `.bashrc` -> `.bashrc1`, `README` -> `README1`. The stem is shortened (at a whole character) where the result would be
 * longer than 255 bytes.
 */
export const chunkName = (fileName: string, index: ChunkIndex): string => {
  const ending = endingOf(fileName);
  const stem = fileName.slice(0, fileName.length - ending.length);
  const tail = `${index + 1}${ending}`;
  return shorten(stem, NAME_BYTES_MAX - Buffer.byteLength(tail)) + tail;
};

const endingOf = (name: string): string => {
  const double = DOUBLE_ENDING.exec(name);
  if (double !== null && double.index > 0) return double[0];
  const dot = name.lastIndexOf('.');
  return dot > 0 && dot < name.length - 1 ? name.slice(dot) : '';
};

const shorten = (stem: string, bytes: number): string => {
  if (Buffer.byteLength(stem) <= bytes) return stem;
  const kept: string[] = [];
  let length = 0;
  for (const character of stem) {
    length += Buffer.byteLength(character);
    if (length > bytes) break;
    kept.push(character);
  }
  return kept.join('');
};
