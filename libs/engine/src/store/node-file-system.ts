import { constants } from 'node:fs';
import * as node from 'node:fs/promises';
import { READ_FLAGS, systemCode } from '#chunking';
import type { FileSystem, OpenMode } from './file-system.js';
import { detailsOf, nodeFile } from './node-file.js';
import { nodeTreeOperations } from './node-tree-operations.js';

const NO_FOLLOW = constants.O_NOFOLLOW ?? 0;
const FLAGS: Record<OpenMode, number> = {
  read: READ_FLAGS,
  'read-write': constants.O_RDWR | NO_FOLLOW,
  create: constants.O_RDWR | constants.O_CREAT | constants.O_EXCL,
  overwrite: constants.O_RDWR | constants.O_CREAT | constants.O_TRUNC | NO_FOLLOW,
};
/** What file systems say that cannot (and need not) sync a folder: CIFS, FUSE, Windows. */
const NO_FOLDER_SYNC = new Set(['EINVAL', 'ENOTSUP', 'EPERM', 'EISDIR', 'EBADF']);

const syncFolder = async (path: string): Promise<void> => {
  const folder = await node.open(path, constants.O_RDONLY);
  try {
    await folder.sync();
  } catch (error) {
    if (!NO_FOLDER_SYNC.has(systemCode(error) ?? '')) throw error;
  } finally {
    await folder.close();
  }
};

const freeSpace = async (path: string): Promise<number | undefined> => {
  const { bavail, bsize, blocks } = await node.statfs(path);
  return blocks === 0 ? undefined : bavail * bsize;
};

/** Files of this machine. */
export const nodeFileSystem: FileSystem = {
  ...nodeTreeOperations(nodeFile),
  stat: async (path) => detailsOf(await node.stat(path, { bigint: true })),
  lstat: async (path) => detailsOf(await node.lstat(path, { bigint: true })),
  open: async (path, mode) => nodeFile(await node.open(path, FLAGS[mode], 0o666), path),
  rename: (from, to) => node.rename(from, to),
  link: (from, to) => node.link(from, to),
  unlink: (path) => node.unlink(path),
  makeFolder: async (path) => void (await node.mkdir(path, { recursive: true, mode: 0o700 })),
  list: (path) => node.readdir(path),
  syncFolder,
  realpath: (path) => node.realpath(path),
  freeSpace,
  user: process.getuid?.() ?? 0,
};
