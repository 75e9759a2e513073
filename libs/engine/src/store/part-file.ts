import { ShoalError } from '#core';
import { removeFile } from './replace-file.js';
import type { FileDetails, FileSystem, OpenFile } from './file-system.js';

/** A part file that is open for reading and writing. */
export interface PartFile {
  readonly file: OpenFile;
  readonly details: FileDetails;
  /** It was made just now. */
  readonly fresh: boolean;
  /** False when it had another size than it should: someone cut it, or it was never set up. */
  readonly intact: boolean;
}

/**
 * Opens the part file of a download or makes it, sparse and of full size.
 * @throws ShoalError `not-allowed` when what has its name is not a plain file of this user; system errors
 */
export const openPart = async (fs: FileSystem, path: string, size: number): Promise<PartFile> => {
  const { file, fresh } = await openOrCreate(fs, path);
  try {
    const details = await file.stat();
    if (details.kind !== 'file' || details.owner !== fs.user) {
      throw new ShoalError('not-allowed', `${path} is in the way and not a file of this user`, {
        hint: 'Remove it or choose another target.',
      });
    }
    const intact = details.size === size;
    if (!intact) await file.truncate(size);
    return { file, details, fresh, intact };
  } catch (error) {
    await file.close();
    if (fresh) await removeFile(fs, path);
    throw error;
  }
};

const openOrCreate = async (
  fs: FileSystem,
  path: string,
): Promise<{ readonly file: OpenFile; readonly fresh: boolean }> => {
  try {
    return { file: await fs.open(path, 'create'), fresh: true };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return { file: await fs.open(path, 'read-write'), fresh: false };
  }
};

/** Whether `path` still names the file of these details. */
export const isStillAt = async (
  fs: FileSystem,
  path: string,
  details: Pick<FileDetails, 'device' | 'inode'>,
): Promise<boolean> => {
  const now = await fs.lstat(path).catch(() => undefined);
  return now !== undefined && now.device === details.device && now.inode === details.inode;
};
