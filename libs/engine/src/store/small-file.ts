import { MIB } from '#core';
import type { Manifest } from '#chunking';

/**
 * Up to this size a file is set up with less ado: its part is not locked against other processes, free space is not asked
 * for, and it is not sealed before delivery. What goes wrong is noticed a moment later or costs one more digest, while a
 * thousand small files would spend more time on the precautions than on their bytes.
 */
export const SMALL_FILE_BYTES = MIB;

export const isSmall = (manifest: Manifest): boolean => manifest.size <= SMALL_FILE_BYTES;
