import { constants, type BigIntStats } from 'node:fs';
import * as node from 'node:fs/promises';
import { READ_FLAGS, readFully, statOf, systemCode } from '#chunking';
import type { FileDetails, FileSystem, OpenFile, OpenMode } from './file-system.js';
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

const detailsOf = (stats: BigIntStats): FileDetails => ({
  ...statOf(stats),
  mode: Number(stats.mode) & 0o7777,
  born: stats.birthtimeNs,
  owner: Number(stats.uid),
});

class NodeFile implements OpenFile {
  constructor(private readonly handle: node.FileHandle) {}

  async stat(): Promise<FileDetails> {
    return detailsOf(await this.handle.stat({ bigint: true }));
  }

  read(into: Uint8Array, position: number): Promise<number> {
    return readFully(this.handle, into, position);
  }

  async write(bytes: Uint8Array, position: number): Promise<void> {
    for (let done = 0; done < bytes.length;) {
      done += (await this.handle.write(bytes, done, bytes.length - done, position + done)).bytesWritten;
    }
  }

  truncate(size: number): Promise<void> {
    return this.handle.truncate(size);
  }

  datasync(): Promise<void> {
    return this.handle.datasync();
  }

  sync(): Promise<void> {
    return this.handle.sync();
  }

  close(): Promise<void> {
    return this.handle.close();
  }
}

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
  ...nodeTreeOperations((handle) => new NodeFile(handle)),
  stat: async (path) => detailsOf(await node.stat(path, { bigint: true })),
  lstat: async (path) => detailsOf(await node.lstat(path, { bigint: true })),
  open: async (path, mode) => new NodeFile(await node.open(path, FLAGS[mode], 0o666)),
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
