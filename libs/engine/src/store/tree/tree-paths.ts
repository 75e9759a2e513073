import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { FileId } from '#core';
import { partPathOf } from '../part-name.js';

/** What lies beside the target of a tree while it is delivered; both have the same name for the same tree and target. */
export interface TreePaths {
  /** Where the tree is made before it gets its name. */
  readonly staging: string;
  /** What had the name before, until the tree has it. */
  readonly aside: string;
}

export const treePathsOf = (fileId: FileId, target: string): TreePaths => {
  const stem = partPathOf(fileId, target).replace(/\.shoal-part$/, '');
  return { staging: `${stem}.shoal-tree`, aside: `${stem}.shoal-old` };
};

/** The file in the data folder that knows a tree again; `folder` is that of the records. */
export const treeFilePathOf = (folder: string, fileId: FileId, target: string): string =>
  join(folder, `${fileId}-${createHash('sha256').update(target).digest('hex').slice(0, 16)}.tree`);
