import { constants } from 'node:fs';
import { open, stat, type FileHandle } from 'node:fs/promises';
import type { BigIntStats } from 'node:fs';
import type { FileKind, FileReader, FileStat, ReadableFile } from './file-reader.js';

/** O_NONBLOCK: opening a named pipe returns at once instead of waiting for a writer; plain files do not care. */
export const READ_FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

const kindOf = (stats: BigIntStats): FileKind => {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'folder';
  return stats.isSymbolicLink() ? 'link' : 'other';
};

export const statOf = (stats: BigIntStats): FileStat => ({
  kind: kindOf(stats),
  device: stats.dev,
  inode: stats.ino,
  size: Number(stats.size),
  modified: stats.mtimeNs,
});

class NodeReadableFile implements ReadableFile {
  constructor(private readonly handle: FileHandle) {}

  async stat(): Promise<FileStat> {
    return statOf(await this.handle.stat({ bigint: true }));
  }

  async read(into: Uint8Array, position: number): Promise<number> {
    return readFully(this.handle, into, position);
  }

  async close(): Promise<void> {
    await this.handle.close();
  }
}

/** The system may return less than was asked for before the end of a file (signals, network file systems). */
export const readFully = async (handle: FileHandle, into: Uint8Array, position: number): Promise<number> => {
  let done = 0;
  while (done < into.length) {
    const { bytesRead } = await handle.read(into, done, into.length - done, position + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return done;
};

/** Files of this machine. */
export const nodeFileReader: FileReader = {
  stat: async (path) => statOf(await stat(path, { bigint: true })),
  open: async (path) => new NodeReadableFile(await open(path, READ_FLAGS)),
};
