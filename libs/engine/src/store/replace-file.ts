import { dirname } from 'node:path';
import type { FileSystem } from './file-system.js';

/** Ending of files that are about to replace another one; whatever has it after a crash is rubbish. */
export const TEMPORARY_ENDING = '.tmp';

/**
 * What is on the disk for sure when a file was replaced. `all`: the new file. `content`: the old file or the new one, whole.
 * `nothing`: it survives the death of this process only; after a power loss the file may also be empty, torn or missing.
 */
export type Durability = 'all' | 'content' | 'nothing';

/** Puts a whole file in place of another one; programs never see a half. Calls for one path must not overlap. */
export const replaceFile = async (
  fs: FileSystem,
  path: string,
  bytes: Uint8Array,
  durability: Durability,
): Promise<void> => {
  const temporary = path + TEMPORARY_ENDING;
  const file = await fs.open(temporary, 'overwrite');
  try {
    await file.write(bytes, 0);
    if (durability !== 'nothing') await file.sync();
  } finally {
    await file.close();
  }
  await fs.rename(temporary, path);
  if (durability === 'all') await fs.syncFolder(dirname(path));
};

/** Makes a file where none was. After a kill or a power loss it may be empty, torn or missing. */
export const writeNewFile = async (fs: FileSystem, path: string, bytes: Uint8Array): Promise<void> => {
  const file = await fs.open(path, 'overwrite');
  try {
    await file.write(bytes, 0);
  } finally {
    await file.close();
  }
};

/** All of a small file. @throws RangeError when it has more than `bytesMax` bytes */
export const readWhole = async (fs: FileSystem, path: string, bytesMax: number): Promise<Buffer> => {
  const file = await fs.open(path, 'read');
  try {
    const { size } = await file.stat();
    if (size > bytesMax) throw new RangeError(`${path} has ${size} bytes, more than ${bytesMax}`);
    const bytes = Buffer.alloc(size);
    return bytes.subarray(0, await file.read(bytes, 0));
  } finally {
    await file.close();
  }
};

/** Deletes a file; one that is not there is fine. */
export const removeFile = async (fs: FileSystem, path: string): Promise<void> => {
  try {
    await fs.unlink(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
};
