import { sameFile, systemCode, type FileIdentity } from '#chunking';
import type { FileSystem } from '../store/file-system.js';

/**
 * How a file differs from what it was; undefined when it does not. A symbolic link in its place is another file.
 * @throws system errors other than that it is gone
 */
export const whatChanged = async (
  fs: FileSystem,
  path: string,
  before: FileIdentity,
): Promise<string | undefined> => {
  const now = await fs.lstat(path).catch((error: unknown) => {
    const code = systemCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  });
  if (now === undefined) return 'it was moved or deleted';
  if (before.device !== now.device || before.inode !== now.inode) return 'another file took its place';
  if (before.size !== now.size) return `its size went from ${before.size} to ${now.size} bytes`;
  return sameFile(before, now) ? undefined : 'it was written to';
};
