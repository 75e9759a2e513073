import { createHash, randomFillSync } from 'node:crypto';
import { mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';
import { MIB, ShoalError } from '#core';
import type { SharedFile } from './tool.js';

const BLOCK = 4 * MIB;

/** A new file of random bytes, which nothing can compress or guess, in a folder of its own. */
export const makeSharedFile = async (folder: string, size: number): Promise<SharedFile> => {
  await mkdir(folder, { recursive: true });
  const name = 'shared.bin';
  const path = join(folder, name);
  const hash = createHash('sha256');
  const file = await open(path, 'w');
  const block = Buffer.alloc(BLOCK);
  try {
    for (let left = size; left > 0; left -= BLOCK) {
      const part = randomFillSync(block.subarray(0, Math.min(left, BLOCK)));
      hash.update(part);
      await file.write(part);
    }
  } finally {
    await file.close();
  }
  return { path, folder, name, size, sha256: hash.digest('hex') };
};

/** @throws ShoalError `internal` with the place of the first block that differs */
export const requireSame = async (path: string, source: SharedFile): Promise<void> => {
  const [ours, theirs] = [await open(source.path), await open(path)];
  const [a, b] = [Buffer.alloc(BLOCK), Buffer.alloc(BLOCK)];
  try {
    const { size } = await theirs.stat();
    if (size !== source.size) throw differs(`${path} has ${size} bytes instead of ${source.size}`);
    for (let at = 0; at < size; at += BLOCK) {
      const length = Math.min(BLOCK, size - at);
      await ours.read(a, 0, length, at);
      await theirs.read(b, 0, length, at);
      if (a.compare(b, 0, length, 0, length) !== 0)
        throw differs(`${path} differs in the ${BLOCK} bytes at ${at}`);
    }
  } finally {
    await ours.close();
    await theirs.close();
  }
};

const differs = (message: string): ShoalError => new ShoalError('internal', message);
