import type { ChunkIndex } from '#core';
import type { FileIdentity } from '#chunking';

/** A chunk file that is held: which chunk it is, and by what the file is known again. */
export interface ChunkFileRow {
  readonly chunk: ChunkIndex;
  /** In its folder. */
  readonly name: string;
  readonly identity: FileIdentity;
}

/** A row as the data folder remembers it: short, since a file may have 65,536 of them. */
export const CHUNK_FILE_ROW = /^(\d{1,5}) (\d{1,20}) (\d{1,20}) (\d{1,8}) (-?\d{1,20}) ([^/\0]{1,255})$/su;

export const formatChunkFileRow = ({ chunk, name, identity }: ChunkFileRow): string =>
  `${chunk} ${identity.device} ${identity.inode} ${identity.size} ${identity.modified} ${name}`;

/** Undefined when it is not a row. */
export const parseChunkFileRow = (text: string): ChunkFileRow | undefined => {
  const match = CHUNK_FILE_ROW.exec(text);
  if (match === null) return undefined;
  const [, chunk, device, inode, size, modified, name] = match as unknown as [string, ...string[]];
  return {
    chunk: Number(chunk),
    name: name as string,
    identity: {
      device: BigInt(device as string),
      inode: BigInt(inode as string),
      size: Number(size),
      modified: BigInt(modified as string),
    },
  };
};
