import { join } from 'node:path';
import { MIB } from '#core';
import type { FileIdentity, TreeFile, TreeIndex } from '#chunking';
import { eachOf } from '../each-of.js';
import type { FileSystem, OpenFile } from '../file-system.js';
import type { TreeOnDisk } from './tree-on-disk.js';

/** Bytes read at once; small files are written from one such read. */
const BLOCK_BYTES = 1 * MIB;
/** Files written side by side. */
const AT_ONCE = 16;

/** Reads from the content of a tree, all of `into`. */
export type ReadContent = (into: Uint8Array, position: number) => Promise<void>;

/**
 * Makes a tree in a folder that is not there yet. Nothing is written but below it, and through no symbolic link: the index
 * was checked, every file and folder is made anew, links come when all files are there, the modes of folders last. The folder itself, whose
 * mode the index does not tell, gets that of any new folder.
 * @throws system errors, those of `read`
 */
export const unpackTree = async (
  fs: FileSystem,
  index: TreeIndex,
  read: ReadContent,
  folder: string,
): Promise<TreeOnDisk> => {
  await fs.createFolder(folder);
  for (const entry of index.entries)
    if (entry.kind === 'folder') await fs.createFolder(join(folder, entry.path));
  const identities = await new Unpacking(fs, index, read, folder).files();
  for (const entry of index.entries) {
    if (entry.kind === 'link') await fs.createLink(join(folder, entry.path), entry.target);
  }
  for (const entry of index.entries.toReversed()) {
    if (entry.kind === 'folder') await fs.setMode(join(folder, entry.path), entry.mode);
  }
  await fs.setMode(folder, fs.folderMode);
  return { index, identities };
};

class Unpacking {
  private readonly identities: FileIdentity[] = [];
  private readonly block = Buffer.allocUnsafe(BLOCK_BYTES);

  constructor(
    private readonly fs: FileSystem,
    private readonly index: TreeIndex,
    private readonly read: ReadContent,
    private readonly folder: string,
  ) {}

  async files(): Promise<FileIdentity[]> {
    const { files } = this.index;
    for (let from = 0; from < files.length;) {
      const to = this.batchFrom(from);
      await (to > from ? this.smallFiles(from, to) : this.largeFile(from));
      from = Math.max(to, from + 1);
    }
    return this.identities;
  }

  /** The first file that does not fit into one block with those from `from` on. */
  private batchFrom(from: number): number {
    const { files } = this.index;
    let bytes = 0;
    let to = from;
    for (; to < files.length; to++) {
      bytes += (files[to] as TreeFile).size;
      if (bytes > BLOCK_BYTES) break;
    }
    return to;
  }

  private async smallFiles(from: number, to: number): Promise<void> {
    const batch = this.index.files.slice(from, to);
    const start = batch[0]?.start ?? 0;
    const bytes = this.block.subarray(
      0,
      batch.reduce((sum, { size }) => sum + size, 0),
    );
    await this.read(bytes, start);
    await eachOf(batch.entries(), AT_ONCE, ([number, file]) =>
      this.make(from + number, file, async (open) => {
        const at = file.start - start;
        if (file.size > 0) await open.write(bytes.subarray(at, at + file.size), 0);
      }),
    );
  }

  private async largeFile(number: number): Promise<void> {
    const file = this.index.files[number] as TreeFile;
    await this.make(number, file, async (open) => {
      for (let at = 0; at < file.size; at += BLOCK_BYTES) {
        const bytes = this.block.subarray(0, Math.min(BLOCK_BYTES, file.size - at));
        await this.read(bytes, file.start + at);
        await open.write(bytes, at);
      }
    });
  }

  private async make(
    number: number,
    { path, mode }: TreeFile,
    fill: (open: OpenFile) => Promise<void>,
  ): Promise<void> {
    const open = await this.fs.createFile(join(this.folder, path), mode);
    try {
      await fill(open);
      const { device, inode, size, modified } = await open.stat();
      this.identities[number] = { device, inode, size, modified };
    } finally {
      await open.close();
    }
  }
}
