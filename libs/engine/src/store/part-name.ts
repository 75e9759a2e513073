import { createHash } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import type { FileId } from '#core';

const hashOf = (text: string, digits: number): string =>
  createHash('sha256').update(text).digest('hex').slice(0, digits);

/**
 * The part file of a download lies beside its target, hidden, and always has the same name for the same file and target,
 * so that it is found again even when the data folder is lost; two targets in one folder have two.
 */
export const partPathOf = (fileId: FileId, target: string): string =>
  join(dirname(target), `.${fileId.slice(0, 16)}-${hashOf(basename(target), 10)}.shoal-part`);

/** Name of its bitmap in the data folder. */
export const bitmapNameOf = (fileId: FileId, target: string): string =>
  `${fileId}-${hashOf(target, 16)}.bitmap`;

export const recordNameOf = (fileId: FileId): string => `${fileId}.json`;

export interface PartPaths {
  readonly part: string;
  readonly bitmap: string;
}

/** Both files of a part; `folder` is that of the bitmaps. */
export const partPathsOf = (folder: string, fileId: FileId, target: string): PartPaths => ({
  part: partPathOf(fileId, target),
  bitmap: join(folder, bitmapNameOf(fileId, target)),
});
