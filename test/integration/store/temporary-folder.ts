import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A new, empty folder on the real disk, without symbolic links in its path. */
export const temporaryFolder = async (): Promise<{ path: string; remove: () => Promise<void> }> => {
  const path = await realpath(await mkdtemp(join(tmpdir(), 'shoal-store-')));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
};
