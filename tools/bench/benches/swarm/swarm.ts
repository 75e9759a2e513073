import { GIB, MIB } from '#core';
import type { Bench, Case, Figures, Metric } from '../../frame/port.js';
import { summaryOf } from '../../frame/statistics.js';
import type { Workshop } from '../../frame/workshop.js';
import { openLoopbackLab, plainLoopback } from '../../lab/loopback-lab.js';
import type { Lab } from '../../lab/host.js';
import { aria2 } from '../../rivals/aria2.js';
import { libtorrent } from '../../rivals/libtorrent.js';
import { webtorrent } from '../../rivals/webtorrent.js';
import { shoalTool } from '../../shoal/shoal-tool.js';
import { makeSharedFile } from '../../transfer/shared-file.js';
import type { SharedFile } from '../../transfer/tool.js';
import { toolContender } from '../../transfer/tool-contender.js';
import { groundOf, provideTools, type Ground } from '../../transfer/transfer-bench.js';
import type { TransferFacts } from '../../transfer/transfer.js';

const METRICS: readonly Metric[] = [
  { name: 'last_s', unit: 's', title: 'until the last has it', better: 'less' },
  { name: 'median_s', unit: 's', title: 'until half have it', better: 'less' },
  { name: 'first_s', unit: 's', title: 'until the first has it', better: 'less' },
  { name: 'delivered_gib_per_s', unit: 'GiB/s', title: 'rate, all together', better: 'more' },
  { name: 'cpu_s', unit: 's', title: 'CPU, all peers', better: 'less', digits: 1 },
  { name: 'cpu_s_per_gib', unit: 's/GiB', title: 'CPU per GiB delivered', better: 'less' },
  { name: 'control_cpu_s', unit: 's', title: 'CPU, broker, Redis, anchor', better: 'less' },
  { name: 'peak_mb', unit: 'MB', title: 'memory, largest process', better: 'less', digits: 0 },
];
const FULL_SIZE = 512 * MIB;
const QUICK_SIZE = 16 * MIB;
const FULL_COUNTS = [4, 8, 16];
const QUICK_COUNTS = [3];
const LIMIT_MS = 200_000;
const MB = 1e6;

const figuresOf =
  (size: number, count: number) =>
  ({ lastAt, seconds, use }: TransferFacts): Figures => {
    const [sender, receivers, control] = [use['sender'], use['receivers'], use['control']];
    const delivered = (size * count) / GIB;
    const cpu = (sender?.cpu ?? 0) + (receivers?.cpu ?? 0);
    const { median, min } = summaryOf(seconds);
    return {
      last_s: lastAt,
      median_s: median,
      first_s: min,
      delivered_gib_per_s: delivered / lastAt,
      cpu_s: cpu,
      cpu_s_per_gib: cpu / delivered,
      ...((control?.peakMemory ?? 0) === 0 ? {} : { control_cpu_s: control?.cpu ?? 0 }),
      peak_mb: Math.max(sender?.peakMemory ?? 0, receivers?.peakMemory ?? 0) / MB,
    };
  };

const openLab = ({ hub }: Ground, hosts: number): Promise<Lab> =>
  hub === undefined ? Promise.resolve(plainLoopback(hosts)) : openLoopbackLab(hub, hosts);

const caseOf = (workshop: Workshop, ground: Ground, file: SharedFile, count: number): Case => {
  let lab: Lab | undefined;
  return {
    name: `n${count}`,
    title: `one sender, ${count} receivers on one machine, all at once; files in memory`,
    metrics: METRICS,
    headline: 'last_s',
    contenders: [shoalTool(ground.net), libtorrent('fast'), aria2, webtorrent('sequential')].map((tool) =>
      toolContender(tool, {
        workshop,
        place: () => ({ lab: lab as Lab, file, outputs: 'memory' }),
        plan: () => ({ limitMs: LIMIT_MS }),
        figures: figuresOf(file.size, count),
      }),
    ),
    open: async () => {
      lab = await openLab(ground, count + 1);
      return [];
    },
    close: async () => await lab?.close(),
  };
};

/** A swarm that only the machine limits: what the whole of it costs. */
export const swarm: Bench = {
  name: 'swarm',
  measures: 'one sender to 4, 8 and 16 receivers on loopback, 512 MiB: seconds to the last, CPU',
  takes: { full: '35 min', quick: '30 s' },
  open: async (workshop) => {
    const { options } = workshop;
    await provideTools(workshop, ['libtorrent', 'aria2', 'webtorrent']);
    const ground = await groundOf(workshop);
    const size = options.size ?? (options.quick ? QUICK_SIZE : FULL_SIZE);
    const file = await makeSharedFile(workshop.memory.path('swarm-source'), size);
    const counts = options.quick ? QUICK_COUNTS : FULL_COUNTS;
    return { cases: counts.map((count) => caseOf(workshop, ground, file, count)), close: async () => {} };
  },
};
