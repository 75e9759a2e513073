import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';

/** SHA-256 of what is on disk now, hex: of a file, or of a tree as its manifest means it. Read in slices. */
export const sha256Of = async (path: string): Promise<string> => {
  if (!(await stat(path)).isDirectory()) return sha256OfFile(path);
  const { digestTree } = await import('#engine');
  return (await digestTree(path)).manifest.sha256;
};

const sha256OfFile = async (path: string): Promise<string> => {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 1_048_576 }), hash);
  return hash.digest('hex');
};
