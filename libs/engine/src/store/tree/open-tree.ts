import { isAbsolute } from 'node:path';
import { ShoalError } from '#core';
import { fileError } from '#chunking';
import type { FileSystem } from '../file-system.js';
import type { CompleteOrder } from '../store.js';
import { digestTree } from './digest-tree.js';
import type { TreeOnDisk } from './tree-on-disk.js';

/**
 * The real path of a folder that is to be served as a tree, and how its files looked when they were digested; when nobody
 * remembers that it is digested again.
 * @throws ShoalError `bad-path`, `not-found`, `not-allowed`, `file-changed` (since it was digested)
 */
export const inspectTree = async (
  fs: FileSystem,
  { manifest, path: asked, tree }: CompleteOrder,
): Promise<{ readonly path: string; readonly tree: TreeOnDisk }> => {
  if (!isAbsolute(asked)) throw new ShoalError('bad-path', `${asked} is not an absolute path`);
  const path = await fs.realpath(asked).catch((error: unknown) => {
    throw fileError(error, `cannot serve ${asked}`);
  });
  if (tree !== undefined) {
    tree.index.checkAgainst(manifest);
    return { path, tree };
  }
  const { chunkSize, digestAlgorithm: algorithm } = manifest;
  const found = await digestTree(path, { fs, chunkSize, algorithm });
  if (found.manifest.fileId === manifest.fileId) return { path, tree: found };
  throw new ShoalError('file-changed', `${path} was changed since it was digested`, {
    hint: 'Publish it again.',
  });
};
