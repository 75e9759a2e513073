import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { LocalLeftover } from '#contracts';
import { ControlClient } from './control-client.js';
import { controlSocketIn } from './data-home.js';

const PROBE_MS = 500;

export interface OneShotOrder {
  /** Above the data folders of one-shot peers. */
  readonly home: string;
  readonly dryRun: boolean;
  /** Only folders that nobody has used since, milliseconds since 1970. */
  readonly before: number;
}

/** Data folders of one-shot peers that do not run, and with them the part files that they know of. */
export const cleanOneShots = async ({ home, dryRun, before }: OneShotOrder): Promise<LocalLeftover[]> => {
  const found: LocalLeftover[] = [];
  for (const name of await readdir(home).catch(() => [])) {
    const path = join(home, name);
    // The log is written anew by each run.
    const lastUse = (await stat(join(path, 'peer.log')).catch(() => undefined))?.mtimeMs;
    if (lastUse === undefined || lastUse >= before || (await runs(path))) continue;
    const bytes = await bytesBelow(path);
    for (const part of await partsOf(path, dryRun)) found.push({ kind: 'part-file', ...part, lastUse });
    if (!dryRun) await rm(path, { recursive: true, force: true });
    found.push({ kind: 'one-shot-folder', path, bytes, lastUse });
  }
  return found;
};

/**
 * The part files that a data folder knows of; deleted unless it is a dry run. The lock of the folder keeps a peer that starts
 * meanwhile out. @throws ShoalError `data-folder-in-use`
 */
const partsOf = async (
  dataFolder: string,
  dryRun: boolean,
): Promise<{ readonly path: string; readonly bytes: number }[]> => {
  const found: { readonly path: string; readonly bytes: number }[] = [];
  const { Catalogue } = await import('#engine');
  const catalogue = new Catalogue({ dataFolder, report: () => undefined });
  await catalogue.start();
  try {
    for (const { manifest, path, state } of [...catalogue.list()]) {
      if (state === 'complete') continue;
      // Chunk files in a folder are a person's own and stay.
      const file = await stat(path).catch(() => undefined);
      if (file?.isFile() === true) found.push({ path, bytes: file.size });
      if (!dryRun) await catalogue.forget(manifest.fileId);
    }
  } finally {
    await catalogue.stop();
  }
  return found;
};

const runs = (dataFolder: string): Promise<boolean> =>
  new ControlClient(controlSocketIn(dataFolder)).status(PROBE_MS).then(
    () => true,
    () => false,
  );

const bytesBelow = async (folder: string): Promise<number> => {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true }).catch(() => []);
  const sizes = entries
    .filter((entry) => entry.isFile())
    .map((entry) => stat(join(entry.parentPath, entry.name)).catch(() => undefined));
  return (await Promise.all(sizes)).reduce((sum, found) => sum + (found?.size ?? 0), 0);
};
