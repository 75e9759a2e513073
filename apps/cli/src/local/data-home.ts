import { createHash } from 'node:crypto';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import type { Env } from '../env.js';

/** `$XDG_DATA_HOME/shoal`: one folder for each daemon of this user that was given no other, by its name. */
export const dataHome = (env: Env): string => {
  const given = env['XDG_DATA_HOME'] ?? '';
  // What is empty or relative counts as not set.
  return join(isAbsolute(given) ? given : join(env['HOME'] || homedir(), '.local', 'share'), 'shoal');
};

/** Above the data folders of one-shot peers. */
export const oneShotHome = (env: Env): string => join(dataHome(env), 'one-shot');

/** Of a one-shot peer for this file: the same path finds what an interrupted run left. Short, as socket paths must be. */
export const oneShotFolder = (env: Env, file: string): string =>
  join(oneShotHome(env), createHash('sha256').update(file).digest('hex').slice(0, 16));

export const controlSocketIn = (dataFolder: string): string => join(dataFolder, 'control.sock');
