import { GIB, MIB } from '#core';
import type { Bench, Case, Figures, Metric } from '../../frame/port.js';
import type { Workshop } from '../../frame/workshop.js';
import { openLoopbackLab, plainLoopback } from '../../lab/loopback-lab.js';
import type { Lab } from '../../lab/host.js';
import { aria2 } from '../../rivals/aria2.js';
import { libtorrent } from '../../rivals/libtorrent.js';
import { nginxCurl } from '../../rivals/nginx-curl.js';
import { rsync } from '../../rivals/rsync.js';
import { webtorrent } from '../../rivals/webtorrent.js';
import { shoalTool } from '../../shoal/shoal-tool.js';
import { makeSharedFile } from '../../transfer/shared-file.js';
import type { SharedFile, Tool } from '../../transfer/tool.js';
import { toolContender } from '../../transfer/tool-contender.js';
import { groundOf, provideTools, type Ground } from '../../transfer/transfer-bench.js';
import type { TransferFacts } from '../../transfer/transfer.js';

const METRICS: readonly Metric[] = [
  { name: 'gib_per_s', unit: 'GiB/s', title: 'rate', better: 'more' },
  { name: 'cpu_s_per_gib', unit: 's/GiB', title: 'CPU, both ends', better: 'less' },
  { name: 'sender_cpu_s_per_gib', unit: 's/GiB', title: 'CPU, sender', better: 'less' },
  { name: 'receiver_cpu_s_per_gib', unit: 's/GiB', title: 'CPU, receiver', better: 'less' },
  { name: 'control_cpu_s', unit: 's', title: 'CPU, broker, Redis, anchor', better: 'less' },
  { name: 'sender_peak_mb', unit: 'MB', title: 'memory, sender', better: 'less', digits: 0 },
  { name: 'receiver_peak_mb', unit: 'MB', title: 'memory, receiver', better: 'less', digits: 0 },
];
const FULL_SIZE = 2 * GIB;
const QUICK_SIZE = 64 * MIB;
const LIMIT_MS = 150_000;
const LOOK_MS = 250;
const MB = 1e6;
const HOSTS = 2;

const figuresOf =
  (size: number) =>
  ({ lastAt, use }: TransferFacts): Figures => {
    const [sender, receiver, control] = [use['sender'], use['receivers'], use['control']];
    const perGib = (cpu = 0): number => (cpu * GIB) / size;
    return {
      gib_per_s: size / GIB / lastAt,
      cpu_s_per_gib: perGib((sender?.cpu ?? 0) + (receiver?.cpu ?? 0)),
      sender_cpu_s_per_gib: perGib(sender?.cpu),
      receiver_cpu_s_per_gib: perGib(receiver?.cpu),
      ...((control?.peakMemory ?? 0) === 0 ? {} : { control_cpu_s: control?.cpu ?? 0 }),
      sender_peak_mb: (sender?.peakMemory ?? 0) / MB,
      receiver_peak_mb: (receiver?.peakMemory ?? 0) / MB,
    };
  };

class Flow {
  private constructor(
    private readonly workshop: Workshop,
    private readonly ground: Ground,
    private readonly lab: Lab,
    private readonly file: SharedFile,
  ) {}

  static async open(workshop: Workshop): Promise<Flow> {
    const ground = await groundOf(workshop);
    const lab = ground.hub === undefined ? plainLoopback(HOSTS) : await openLoopbackLab(ground.hub, HOSTS);
    const size = workshop.options.size ?? (workshop.options.quick ? QUICK_SIZE : FULL_SIZE);
    const file = await makeSharedFile(workshop.memory.path('source'), size);
    return new Flow(workshop, ground, lab, file);
  }

  caseOf(name: 'plain' | 'durable'): Case {
    const durable = name === 'durable';
    return {
      name,
      title: durable
        ? 'one sender, one receiver, until the file is on the disk for good (fsync)'
        : 'one sender, one receiver, until the file is verified and readable; files in memory',
      metrics: METRICS,
      headline: 'gib_per_s',
      contenders: this.tools().map((tool) =>
        toolContender(tool, {
          workshop: this.workshop,
          place: () => ({ lab: this.lab, file: this.file, outputs: durable ? 'disk' : 'memory' }),
          plan: () => ({ limitMs: LIMIT_MS, syncs: durable, window: { lookMs: LOOK_MS } }),
          figures: figuresOf(this.file.size),
        }),
      ),
    };
  }

  async close(): Promise<void> {
    await this.lab.close();
  }

  private tools(): readonly Tool[] {
    const rivals = [libtorrent('fast'), aria2, webtorrent('sequential'), rsync, nginxCurl];
    return [shoalTool(this.ground.net), ...rivals];
  }
}

/** How fast a file moves between two processes, when nothing but the machine limits it. */
export const flow: Bench = {
  name: 'flow',
  measures: 'one sender to one receiver on loopback, 2 GiB: GiB/s, CPU seconds per GiB, memory',
  takes: { full: '20 min', quick: '40 s' },
  open: async (workshop) => {
    await provideTools(workshop, ['libtorrent', 'aria2', 'webtorrent', 'rsync', 'nginx+curl+sha256']);
    const bench = await Flow.open(workshop);
    return { cases: [bench.caseOf('plain'), bench.caseOf('durable')], close: () => bench.close() };
  },
};
