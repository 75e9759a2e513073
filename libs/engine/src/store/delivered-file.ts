import { dirname } from 'node:path';
import { digestWithIdentity, type FileIdentity, type Manifest } from '#chunking';
import type { FileDetails, FileSystem } from './file-system.js';
import { isStillAt } from './part-file.js';
import { partPathOf } from './part-name.js';
import { removeFile } from './replace-file.js';
import { treePathsOf } from './tree/tree-paths.js';

/**
 * Whether the file that is wanted at `target` is there already, byte for byte: an earlier delivery of which the data folder
 * does not know, or a copy. The first chunk is compared before the whole is read.
 */
export const identicalTarget = async (
  fs: FileSystem,
  manifest: Manifest,
  target: string,
  there: FileDetails | undefined,
): Promise<FileIdentity | undefined> => {
  if (there?.kind !== 'file' || there.size !== manifest.size) return undefined;
  try {
    if (!(await startsAlike(fs, manifest, target))) return undefined;
    const found = await digestWithIdentity(target, {
      fs,
      chunkSize: manifest.chunkSize,
      algorithm: manifest.digestAlgorithm,
    });
    return found.manifest.fileId === manifest.fileId ? found.identity : undefined;
  } catch {
    return undefined; // unreadable or being written to: as any other file that is in the way
  }
};

const startsAlike = async (fs: FileSystem, manifest: Manifest, target: string): Promise<boolean> => {
  if (manifest.chunkCount === 0) return true;
  const file = await fs.open(target, 'read');
  try {
    const bytes = Buffer.allocUnsafe(manifest.lengthOf(0));
    return (await file.read(bytes, 0)) === bytes.length && manifest.verify(0, bytes);
  } finally {
    await file.close();
  }
};

/** Removes the part file of a delivered tree when a crash left it, and what lay at the target before. */
export const removeTreeLeftovers = async (
  fs: FileSystem,
  { fileId }: Manifest,
  target: string,
): Promise<void> => {
  const { staging, aside } = treePathsOf(fileId, target);
  for (const path of [staging, aside]) await fs.removeAll(path);
  await removeFile(fs, partPathOf(fileId, target));
};

/** Removes the part file of a delivered file when a crash left it: another name for the same inode. */
export const removeLeftover = async (
  fs: FileSystem,
  manifest: Manifest,
  target: string,
  delivered: FileIdentity,
): Promise<void> => {
  const part = partPathOf(manifest.fileId, target);
  if (await isStillAt(fs, part, delivered)) await removeFile(fs, part);
};

/** Makes a file or tree and its name durable: whoever put it there may have been killed before that. */
export const makeDurable = async (fs: FileSystem, path: string): Promise<void> => {
  await ((await fs.lstat(path)).kind === 'folder' ? fs.syncAll(path) : syncFile(fs, path));
  await fs.syncFolder(dirname(path));
};

const syncFile = async (fs: FileSystem, path: string): Promise<void> => {
  const file = await fs.open(path, 'read');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
};
