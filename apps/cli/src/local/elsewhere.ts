import { mkdirSync, readdirSync, readlinkSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { Env } from '../env.js';
import { dataHome } from './data-home.js';

/** Links by name to the data folders of this user's peers that are not in the usual place (`--data`, PEER_DATA). */
export const elsewhereHome = (env: Env): string => join(dataHome(env), 'elsewhere');

/** Every peer whose data folder is elsewhere and still there, running or not. */
export const peersElsewhere = (env: Env): { readonly name: string; readonly dataFolder: string }[] =>
  namesIn(elsewhereHome(env)).flatMap((name) => {
    const dataFolder = targetOf(join(elsewhereHome(env), name));
    return dataFolder === undefined ? [] : [{ name, dataFolder }];
  });

/**
 * Before a peer starts: so that `shoal status` and `--peer NAME` find it. Never fails: a peer runs as well without being
 * found. What leads nowhere any more is removed; the newest of one name wins.
 */
export const noteElsewhere = (env: Env): void => {
  const dataFolder = env['PEER_DATA'];
  if (dataFolder === undefined || dataFolder === '' || dirname(resolve(dataFolder)) === dataHome(env)) return;
  const home = elsewhereHome(env);
  try {
    mkdirSync(home, { recursive: true, mode: 0o700 });
    for (const name of namesIn(home)) {
      if (targetOf(join(home, name)) === undefined) rmSync(join(home, name), { force: true });
    }
    const link = join(home, env['PEER_NAME'] || hostname());
    if (dirname(link) !== home) return;
    rmSync(link, { force: true });
    symlinkSync(resolve(dataFolder), link);
  } catch {
    // A home that cannot be written.
  }
};

const targetOf = (link: string): string | undefined => {
  try {
    return statSync(link).isDirectory() ? readlinkSync(link) : undefined;
  } catch {
    return undefined;
  }
};

const namesIn = (folder: string): string[] => {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
};
