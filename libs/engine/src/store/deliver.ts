import { basename } from 'node:path';
import { systemCode } from '#chunking';
import type { FileDetails, FileSystem } from './file-system.js';
import { isStillAt } from './part-file.js';
import { readWhole, removeFile } from './replace-file.js';
import { checkReplaceable, detailsAt, targetExists } from './target.js';

type Inode = Pick<FileDetails, 'device' | 'inode'>;
/** What file systems without hard links say: FAT, many FUSE ones, too many links. */
const NO_LINKS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']);

/**
 * Gives a complete, synced part file its target's name, durable once the folder is synced. `force` replaces a file that is there in one step; else
 * nothing is ever overwritten: a hard link is made, which fails when anything has the name. Both leave the target as it
 * was or complete, at any crash. Doing it again after a crash or an error goes on where it stopped.
 *
 * Where there are no hard links the name is reserved by a small file that only its maker can create, then the part is
 * renamed over it. The two gaps of that: a file that another program renames onto the target between the last look and the
 * rename is lost; a crash in between leaves the small file, which says what it is and is known again.
 * @throws ShoalError `target-exists`, `bad-path`; system errors
 */
export const deliver = async (
  fs: FileSystem,
  part: { readonly path: string; readonly inode: Inode },
  target: string,
  force: boolean,
): Promise<void> => {
  try {
    await (force ? replace(fs, part.path, target) : linkOrReserve(fs, part.path, target));
  } catch (error) {
    if (!(await isStillAt(fs, target, part.inode))) throw error;
  }
};

const replace = async (fs: FileSystem, part: string, target: string): Promise<void> => {
  const there = await detailsAt(fs, target);
  if (there !== undefined) checkReplaceable(target, there, true);
  await fs.rename(part, target);
};

const linkOrReserve = async (fs: FileSystem, part: string, target: string): Promise<void> => {
  try {
    await fs.link(part, target);
  } catch (error) {
    const code = systemCode(error) ?? '';
    if (code !== 'EEXIST' && !NO_LINKS.has(code)) throw error;
    if (!(await reserve(fs, part, target))) throw targetExists(target, error);
    await fs.rename(part, target);
  }
};

const reservationText = (part: string): Buffer =>
  Buffer.from(`shoal is about to put ${basename(part)} here\n`, 'utf8');

/** True when the target's name is ours: just taken, or by an attempt that was interrupted. */
const reserve = async (fs: FileSystem, part: string, target: string): Promise<boolean> => {
  try {
    await makeReservation(fs, target, reservationText(part));
    return true;
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error;
    return isReservedFor(fs, part, target, await detailsAt(fs, target));
  }
};

/** Whether an interrupted delivery of this part file holds the target's name. */
export const isReservedFor = async (
  fs: FileSystem,
  part: string,
  target: string,
  there: FileDetails | undefined,
): Promise<boolean> => {
  const text = reservationText(part);
  if (there?.kind !== 'file' || there.size !== text.length) return false;
  return (await readWhole(fs, target, text.length)).equals(text);
};

const makeReservation = async (fs: FileSystem, target: string, text: Uint8Array): Promise<void> => {
  const file = await fs.open(target, 'create');
  try {
    await file.write(text, 0);
  } catch (error) {
    await removeFile(fs, target).catch(() => undefined); // what went wrong first says more
    throw error;
  } finally {
    await file.close();
  }
};
