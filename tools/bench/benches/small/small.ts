import { KIB, MIB } from '#core';
import type { Bench, Case, Metric } from '../../frame/port.js';
import type { Workshop } from '../../frame/workshop.js';
import { groundOf } from '../../transfer/transfer-bench.js';
import { bareNode, byCommandLine, byDaemon, copyFolder, folderAtOnce } from './contenders.js';
import { SmallPair } from './small-pair.js';

const P50: Metric = { name: 'p50_ms', unit: 'ms', title: 'p50', better: 'less', digits: 1 };
const P99: Metric = { name: 'p99_ms', unit: 'ms', title: 'p99', better: 'less', digits: 1 };
const SECONDS: Metric = { name: 'seconds', unit: 's', title: 'all of it', better: 'less', digits: 3 };

const FULL = { gets: 200, commands: 10, files: 1_000 };
const QUICK = { gets: 10, commands: 2, files: 50 };

const SIZES = [
  { name: '1b', size: 1, words: '1 byte' },
  { name: '16k', size: 16 * KIB, words: '16 KiB' },
  { name: '1m', size: MIB, words: '1 MiB' },
] as const;

const casesOf = (workshop: Workshop, pair: SmallPair): Case[] => {
  const { gets, commands, files } = workshop.options.quick ? QUICK : FULL;
  const apiCases = SIZES.map(({ name, size, words }) => ({
    name: `get-${name}`,
    title: `${words}: from asking the daemon at its control socket to "done" (on the disk); one after the other`,
    metrics: [P50, P99],
    headline: 'p50_ms',
    contenders: [byDaemon(pair, { size, count: gets })],
  }));
  const cli: Case = {
    name: 'cli-1b',
    title: '1 byte by the command line through the daemon, beside starting Node and doing nothing',
    metrics: [P50, P99],
    headline: 'p50_ms',
    contenders: [byCommandLine(pair, commands), bareNode(commands)],
  };
  const folder: Case = {
    name: 'folder',
    title: `${files} files of 16 KiB published and fetched as one folder, beside copying them on one machine`,
    metrics: [SECONDS],
    headline: 'seconds',
    contenders: [folderAtOnce(pair, files), copyFolder(pair, files)],
  };
  return [...apiCases, cli, folder];
};

/** What a small file costs, where fixed costs are everything. */
export const small: Bench = {
  name: 'small',
  measures: 'p50 and p99 of a get of 1 byte, 16 KiB, 1 MiB at the daemon; by command line; a folder',
  takes: { full: '8 min', quick: '15 s' },
  open: async (workshop) => {
    const { net } = await groundOf(workshop);
    const pair = new SmallPair(workshop, net);
    return { cases: casesOf(workshop, pair), close: () => pair.close() };
  },
};
