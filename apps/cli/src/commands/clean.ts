import type { LocalLeftover } from '#contracts';
import { formatDuration, formatSize } from '#core';
import { print, styleOf, type Context } from '../context.js';
import { oneShotHome } from '../local/data-home.js';
import { findDaemons, type Daemon } from '../local/find-daemon.js';
import { cleanOneShots } from '../local/one-shot-leftovers.js';
import { EXIT, type ExitCode } from '../output/exit-codes.js';
import { clean as safe } from '../output/sanitize.js';
import { renderTable } from '../output/table.js';
import { confirmed } from './confirm.js';
import { placeIfAny, type PeerOptions } from './options.js';

export interface CleanOptions extends PeerOptions {
  readonly dryRun?: boolean | undefined;
  readonly yes?: boolean | undefined;
  /** Only what nobody has touched for so long, milliseconds. */
  readonly older?: number | undefined;
}

type Found = LocalLeftover & { readonly peer?: string };

const OLDER_MS = 7 * 86_400_000;

/** Removes what downloads that were given up, and commands long done, have left on this machine. */
export const clean = async (options: CleanOptions, context: Context): Promise<ExitCode> => {
  const { env, cwd } = context;
  const daemons = await findDaemons({ peer: options.peer, env, cwd, place: placeIfAny(options, context) });
  const found = await sweep(daemons, true, options, context);
  if (options.json !== true)
    print(context, found.length === 0 ? 'nothing is left over' : tableOf(found, context));
  if (options.dryRun === true || found.length === 0) {
    if (options.json === true) sayEach(found, 'found', context);
    return EXIT.ok;
  }
  await confirmed(`Delete ${count(found)} (${formatSize(bytesOf(found))})?`, options, context);
  const gone = await sweep(daemons, false, options, context);
  if (options.json === true) sayEach(gone, 'deleted', context);
  else print(context, `deleted ${count(gone)}, ${formatSize(bytesOf(gone))}`);
  return EXIT.ok;
};

const sweep = async (
  daemons: readonly Daemon[],
  dryRun: boolean,
  { older, peer }: CleanOptions,
  { env, now }: Context,
): Promise<Found[]> => {
  const olderThanMs = older ?? OLDER_MS;
  const found: Found[] = [];
  for (const { client, name } of daemons) {
    const leftovers = await client.clean({ dryRun, olderThanMs });
    found.push(...leftovers.map((one) => ({ ...one, peer: name })));
  }
  // Whoever names a peer means that one.
  if (peer !== undefined) return found;
  return [
    ...found,
    ...(await cleanOneShots({ home: oneShotHome(env), dryRun, before: now() - olderThanMs })),
  ];
};

const count = (found: readonly Found[]): string => `${found.length} leftover${found.length === 1 ? '' : 's'}`;

const bytesOf = (found: readonly Found[]): number => found.reduce((sum, { bytes }) => sum + bytes, 0);

const sayEach = (found: readonly Found[], event: string, context: Context): void => {
  for (const one of found) print(context, JSON.stringify({ event, ...one }));
};

const WORDS: Readonly<Record<LocalLeftover['kind'], string>> = {
  'part-file': 'unfinished download',
  'command-records': 'records of commands',
  'one-shot-folder': 'folder of a one-shot peer',
};

const tableOf = (found: readonly Found[], { now, ...context }: Context): string =>
  renderTable(
    [
      { title: 'what' },
      { title: 'peer' },
      { title: 'size', align: 'right' },
      { title: 'unused for' },
      { title: 'path' },
    ],
    found.map(({ kind, peer, bytes, lastUse, path, count: many }) => [
      `${WORDS[kind]}${many === undefined ? '' : ` (${many})`}`,
      safe(peer ?? '-'),
      formatSize(bytes),
      formatDuration(Math.max(0, now() - lastUse)),
      safe(path),
    ]),
    styleOf({ now, ...context }, context.stdout),
  );
