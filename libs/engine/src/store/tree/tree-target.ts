import { sep } from 'node:path';
import { ShoalError } from '#core';
import type { Manifest } from '#chunking';
import type { FileDetails, FileSystem } from '../file-system.js';
import { notAFile, targetExists } from '../target.js';
import { digestTree } from './digest-tree.js';
import type { TreeOnDisk } from './tree-on-disk.js';
import { walkTree } from './walk-tree.js';

/** Whether the tree that is wanted is there already: the same paths, modes and bytes. Sizes are compared before bytes. */
export const identicalTree = async (
  fs: FileSystem,
  manifest: Manifest,
  target: string,
  there: FileDetails | undefined,
): Promise<TreeOnDisk | undefined> => {
  if (there?.kind !== 'folder') return undefined;
  try {
    const { index } = await walkTree(fs, target);
    index.checkAgainst(manifest);
    const { chunkSize, digestAlgorithm: algorithm } = manifest;
    const found = await digestTree(target, { fs, chunkSize, algorithm });
    return found.manifest.fileId === manifest.fileId ? found : undefined;
  } catch {
    return undefined; // another one, unreadable or being written to: as anything else that is in the way
  }
};

/**
 * Force replaces a folder with all that is in it, a plain file or a symbolic link, but never the folder in which this peer
 * keeps its own records.
 * @throws ShoalError `target-exists`, or `bad-path` where force does not help either
 */
export const checkReplaceableByTree = (
  target: string,
  there: FileDetails,
  force: boolean,
  ownFolder: string,
): void => {
  if (there.kind === 'other') throw notAFile(target, 'there is something that is not a plain file or folder');
  if (!force) throw targetExists(target);
  if (!ownFolder.startsWith(target.endsWith(sep) ? target : target + sep)) return;
  throw new ShoalError('bad-path', `${target} cannot be replaced: the records of this peer lie in it`, {
    hint: 'Choose another target.',
  });
};
