import { z } from 'zod';
import { Bitfield, type FileId } from '#core';
import type { FileDetails, FileSystem } from './file-system.js';
import { readWhole, replaceFile, type Durability } from './replace-file.js';

/** 65,536 chunks are 8 KiB of bits, 11 KiB of base64. */
const BITMAP_BYTES_MAX = 64 * 1_024;

/** What a bitmap file says of a part file. */
export interface SavedBitmap {
  readonly chunks: Bitfield;
  /** True when nothing was written after it: no other chunk can be in the part file. */
  readonly clean: boolean;
}

/** The inode that a bitmap speaks of: a part file that was deleted and made anew must not inherit it. */
export type PartInode = Pick<FileDetails, 'device' | 'inode' | 'born'>;

const schema = z.object({
  'shoal-bitmap': z.literal(1),
  fileId: z.string(),
  device: z.string(),
  inode: z.string(),
  born: z.string(),
  chunkCount: z.int().nonnegative(),
  clean: z.boolean(),
  chunks: z.string(),
});

const inodeFields = ({ device, inode, born }: PartInode): Record<keyof PartInode, string> => ({
  device: String(device),
  inode: String(inode),
  born: String(born),
});

export const saveBitmap = async (
  fs: FileSystem,
  path: string,
  fileId: FileId,
  inode: PartInode,
  bitmap: SavedBitmap,
  durability: Durability,
): Promise<void> => {
  const document: z.infer<typeof schema> = {
    'shoal-bitmap': 1,
    fileId,
    ...inodeFields(inode),
    chunkCount: bitmap.chunks.length,
    clean: bitmap.clean,
    chunks: Buffer.from(bitmap.chunks.toBytes()).toString('base64'),
  };
  await replaceFile(fs, path, Buffer.from(JSON.stringify(document)), durability);
};

/**
 * The bitmap of exactly this part file, undefined when there is none or it is of another inode or file, or damaged: then
 * nothing is vouched for and every chunk has to be checked by digest.
 */
export const loadBitmap = async (
  fs: FileSystem,
  path: string,
  fileId: FileId,
  inode: PartInode,
  chunkCount: number,
): Promise<SavedBitmap | undefined> => {
  try {
    const text = (await readWhole(fs, path, BITMAP_BYTES_MAX)).toString('utf8');
    const document = schema.parse(JSON.parse(text));
    const expected = { fileId, chunkCount, ...inodeFields(inode) };
    for (const [key, value] of Object.entries(expected)) {
      if (document[key as keyof typeof expected] !== value) return undefined;
    }
    const chunks = Bitfield.fromBytes(chunkCount, Buffer.from(document.chunks, 'base64'));
    return { chunks, clean: document.clean };
  } catch {
    return undefined;
  }
};
