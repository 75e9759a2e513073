import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { promisify } from 'node:util';
import { nodeFileSystem, type FileSystem, type OpenFile } from '#engine';

const run = promisify(execFile);

/** A folder on a disk of its own with little space. */
export interface SmallDisk {
  readonly fs: FileSystem;
  unmount(): Promise<void>;
}

/** A real one, which takes the right to mount; rejects with what mount said. */
export const tmpfs = async (folder: string, bytes: number): Promise<SmallDisk> => {
  await mkdir(folder, { recursive: true });
  await run('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', folder]);
  return { fs: nodeFileSystem, unmount: async () => void (await run('umount', [folder])) };
};

/** The real file system, with an account of what is written below a folder that ends in ENOSPC. */
export const accounted = async (folder: string, bytes: number): Promise<SmallDisk> => {
  await mkdir(folder, { recursive: true });
  const written = new Map<string, number>();
  const free = (): number => bytes - [...written.values()].reduce((sum, size) => sum + size, 0);
  const fs: FileSystem = {
    ...nodeFileSystem,
    freeSpace: async () => free(),
    unlink: async (path) => {
      await nodeFileSystem.unlink(path);
      written.delete(path);
    },
    open: async (path, mode) => {
      const file = await nodeFileSystem.open(path, mode);
      return path.startsWith(folder) ? charged(file, path, written, free) : file;
    },
  };
  return { fs, unmount: async () => undefined };
};

const charged = (
  file: OpenFile,
  path: string,
  written: Map<string, number>,
  free: () => number,
): OpenFile => ({
  stat: () => file.stat(),
  statPath: () => file.statPath(),
  read: (into, position) => file.read(into, position),
  truncate: (size) => file.truncate(size),
  datasync: () => file.datasync(),
  sync: () => file.sync(),
  close: () => file.close(),
  write: async (bytes, position) => {
    if (free() < bytes.length)
      throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
    written.set(path, (written.get(path) ?? 0) + bytes.length);
    await file.write(bytes, position);
  },
});
