import { ShoalError } from '#core';
import { systemCode, type Manifest } from '#chunking';
import { removeFile } from './replace-file.js';
import type { FileDetails, FileSystem, OpenFile } from './file-system.js';

const ATTEMPTS = 3;

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
export const openPart = async (
  fs: FileSystem,
  path: string,
  { size, chunkCount }: Manifest,
): Promise<PartFile> => {
  const { file, fresh } = await openOrCreate(fs, path);
  try {
    const details = await file.stat();
    if (details.kind !== 'file' || details.owner !== fs.user) {
      throw new ShoalError('not-allowed', `${path} is in the way and not a file of this user`, {
        hint: 'Remove it or choose another target.',
      });
    }
    const intact = details.size === size;
    const growsByItsWrite = fresh && chunkCount <= 1;
    if (!intact && !growsByItsWrite) await file.truncate(size);
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
  attempt = 1,
): Promise<{ readonly file: OpenFile; readonly fresh: boolean }> => {
  try {
    return { file: await fs.open(path, 'create'), fresh: true };
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error;
  }
  try {
    return { file: await fs.open(path, 'read-write'), fresh: false };
  } catch (error) {
    if (systemCode(error) !== 'ENOENT' || attempt === ATTEMPTS) throw error;
    return openOrCreate(fs, path, attempt + 1); // another process delivered or discarded it meanwhile
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
