import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';

export const sha256Of = async (path: string): Promise<string> => {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
};

/** A copy below a peer's root. */
export const placeIn = async (root: string, path: string, name = basename(path)): Promise<string> => {
  const target = join(root, name);
  await copyFile(path, target);
  return target;
};
