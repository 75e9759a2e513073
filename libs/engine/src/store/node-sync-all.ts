import { execFile } from 'node:child_process';
import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { systemCode } from '#chunking';
import { eachOf } from './each-of.js';

/** Files synced side by side: a journal commits them together. */
const AT_ONCE = 16;
/** What file systems say that cannot (and need not) sync a folder. */
const CANNOT = new Set(['EINVAL', 'ENOTSUP', 'EPERM', 'EISDIR', 'EBADF']);

/**
 * Makes all below a folder durable. Where there is a `sync -f` (GNU, BusyBox) its file system is synced as a whole, with one
 * commit however many files there are: Node has no such call. Else each file and folder by itself.
 */
export const syncAll = async (path: string): Promise<void> => {
  if (process.platform === 'linux' && (await syncFileSystem(path))) return;
  await syncEach(path);
};

const syncFileSystem = async (path: string): Promise<boolean> => {
  try {
    await promisify(execFile)('sync', ['-f', '--', path]);
    return true;
  } catch {
    return false; // not there, or of another kind; an error of the disk comes again where it can be told
  }
};

const syncEach = async (folder: string): Promise<void> => {
  const entries = await readdir(folder, { withFileTypes: true });
  await eachOf(entries, AT_ONCE, async (entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await syncEach(path);
    else if (entry.isFile()) await syncOne(path);
  });
  await syncOne(folder).catch((error: unknown) => {
    if (!CANNOT.has(systemCode(error) ?? '')) throw error;
  });
};

const syncOne = async (path: string): Promise<void> => {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
};
