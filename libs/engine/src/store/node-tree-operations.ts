import * as node from 'node:fs/promises';
import { join } from 'node:path';
import { systemCode } from '#chunking';
import type { OpenFile } from './file-system.js';
import { syncAll } from './node-sync-all.js';
import type { TreeOperations } from './tree-operations.js';

/** Bits that the system takes away from what a new file is given; asked for once, before anything is made. */
const UMASK = process.umask();

/** Folders of this machine. */
export const nodeTreeOperations = (
  fileOf: (handle: node.FileHandle, path: string) => Promise<OpenFile>,
): TreeOperations<OpenFile> => ({
  createFile: async (path, mode) => {
    const handle = await node.open(path, 'wx+', mode);
    if ((mode & UMASK) !== 0) await handle.chmod(mode);
    return fileOf(handle, path);
  },
  createFolder: (path) => node.mkdir(path, { mode: 0o700 }),
  folderMode: 0o777 & ~UMASK,
  setMode: (path, mode) => node.chmod(path, mode),
  createLink: (path, target) => node.symlink(target, path),
  readLink: (path) => node.readlink(path),
  removeAll,
  syncAll,
});

const removeAll = async (path: string): Promise<void> => {
  const remove = (): Promise<void> => node.rm(path, { recursive: true, force: true });
  try {
    await remove();
  } catch (error) {
    if (systemCode(error) !== 'EACCES' && systemCode(error) !== 'EPERM') throw error;
    await makeWritable(path); // folders that nothing may be removed from, not even by their owner
    await remove();
  }
};

const makeWritable = async (folder: string): Promise<void> => {
  await node.chmod(folder, 0o700);
  for (const entry of await node.readdir(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) await makeWritable(join(folder, entry.name));
  }
};
