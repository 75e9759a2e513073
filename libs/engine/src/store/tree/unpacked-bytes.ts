import { KIB, type Bitfield } from '#core';
import type { Manifest } from '#chunking';

/** A file takes whole blocks of this size on the usual file systems. */
const BLOCK_BYTES = 4 * KIB;

/** Bytes that a tree takes beside its part file when it is delivered; 0 for a file, and where only some chunks are wanted. */
export const unpackedBytes = ({ size, tree }: Manifest, wanted: Bitfield): number =>
  tree === undefined || !wanted.isFull ? 0 : size - tree.indexBytes + tree.files * BLOCK_BYTES;
