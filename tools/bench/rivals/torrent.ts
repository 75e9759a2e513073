import { createHash } from 'node:crypto';
import { open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { KIB, MIB } from '#core';
import type { SharedFile } from '../transfer/tool.js';
import { bencode } from './bencode.js';

/** As people make torrents: small pieces for small files. */
const pieceLength = (size: number): number => (size <= 128 * MIB ? 256 * KIB : MIB);

const pieceDigests = async ({ path, size }: SharedFile, length: number): Promise<Buffer> => {
  const digests: Buffer[] = [];
  const piece = Buffer.alloc(length);
  const file = await open(path);
  try {
    for (let at = 0; at < size; at += length) {
      const { bytesRead } = await file.read(piece, 0, Math.min(length, size - at), at);
      digests.push(createHash('sha1').update(piece.subarray(0, bytesRead)).digest());
    }
  } finally {
    await file.close();
  }
  return Buffer.concat(digests);
};

const digestsOf = new WeakMap<SharedFile, Promise<Buffer>>();

/** Writes a torrent (version 1) of the file into `folder` and returns its path. */
export const writeTorrent = async (file: SharedFile, folder: string, announce: string): Promise<string> => {
  const length = pieceLength(file.size);
  const digests = digestsOf.get(file) ?? pieceDigests(file, length);
  digestsOf.set(file, digests);
  const info = { name: file.name, length: file.size, 'piece length': length, pieces: await digests };
  const path = join(folder, `${file.name}.torrent`);
  await writeFile(path, bencode({ announce, info }));
  return path;
};
