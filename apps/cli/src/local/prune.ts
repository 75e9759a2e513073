import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ControlClient } from './control-client.js';
import { controlSocketIn } from './data-home.js';

/** An interrupted download can be taken up for so long. */
const KEPT_MS = 90 * 86_400_000;
const PROBE_MS = 500;

/** Removes what one-shot peers left behind long ago; never fails, never touches one that runs. */
export const pruneOneShots = async (folder: string, now: number): Promise<void> => {
  const names = await readdir(folder).catch(() => []);
  for (const name of names) {
    const one = join(folder, name);
    // The log is written anew by each run.
    const lastUse = (await stat(join(one, 'peer.log')).catch(() => undefined))?.mtimeMs ?? now;
    if (now - lastUse < KEPT_MS || (await runs(one))) continue;
    await rm(one, { recursive: true, force: true }).catch(() => undefined);
  }
};

const runs = (dataFolder: string): Promise<boolean> =>
  new ControlClient(controlSocketIn(dataFolder)).status(PROBE_MS).then(
    () => true,
    () => false,
  );
