import { ShoalError } from '#core';
import type { Case, Contender, Figures, Metric } from '../../frame/port.js';
import { summaryOf } from '../../frame/statistics.js';
import type { Workshop } from '../../frame/workshop.js';
import { whyNoNamespaces } from '../../lab/hub.js';
import type { Host } from '../../lab/host.js';
import { openShapedLab, type LinkBytes, type ShapedLab } from '../../lab/shaped-lab.js';
import { newTask } from '../../transfer/task.js';
import type { SharedFile, Tool } from '../../transfer/tool.js';
import { runTransfer, type TransferFacts } from '../../transfer/transfer.js';
import type { Ground } from '../../transfer/transfer-bench.js';
import { fluidBound } from './bound.js';
import { twoWayGoodput } from './goodput.js';
import { killsOf, type Scenario } from './scenarios.js';

export const METRICS: readonly Metric[] = [
  { name: 'slowest_over_bound', unit: '', title: 'slowest / bound', better: 'less', digits: 3 },
  { name: 'median_over_bound', unit: '', title: 'median / bound', better: 'less', digits: 3 },
  { name: 'first_over_bound', unit: '', title: 'first / bound', better: 'less', digits: 3 },
  { name: 'seeder_bytes_over_file', unit: '', title: 'sent by the seeder / file', better: 'less' },
  { name: 'received_over_file', unit: '', title: 'received by a peer / file', better: 'less', digits: 3 },
  { name: 'rack_bytes_over_file', unit: '', title: 'between racks / file', better: 'less' },
  { name: 'slowest_s', unit: 's', title: 'slowest', better: 'less', digits: 1 },
  { name: 'cpu_s', unit: 's', title: 'CPU, all peers', better: 'less', digits: 1 },
  { name: 'control_cpu_s', unit: 's', title: 'CPU, broker, Redis, anchor', better: 'less' },
];
/** A tool that needs so many times the bound has failed. */
const PATIENCE = 8;
const GRACE_MS = 20_000;
const GOODPUT_S = { full: 3, quick: 1 };

interface Counters {
  readonly hosts: readonly LinkBytes[];
  readonly racks: number;
}

/** One scenario: its links are made when the case opens and go when it closes. */
export class ShapedCase {
  private lab: ShapedLab | undefined;

  constructor(
    private readonly workshop: Workshop,
    private readonly ground: Ground,
    private readonly file: SharedFile,
    private readonly scenario: Scenario,
  ) {}

  asCase(tools: readonly Tool[]): Case {
    return {
      name: this.scenario.name,
      title: this.scenario.title,
      metrics: METRICS,
      headline: 'slowest_over_bound',
      contenders: tools.map((tool) => this.contender(tool)),
      open: () => this.open(),
      close: async () => await this.lab?.close(),
    };
  }

  private async open(): Promise<readonly string[]> {
    const { hub } = this.ground;
    if (hub === undefined) {
      throw new ShoalError('bad-config', whyNoNamespaces() ?? 'there are no network namespaces here');
    }
    this.lab = await openShapedLab(hub, this.scenario.lab);
    return [`the bound is ${this.bound.toFixed(2)} s`, ...(await this.goodputFact())];
  }

  /** Of the hosts that are waited for. */
  private get bound(): number {
    const { lab, slow = [] } = this.scenario;
    return fluidBound(
      this.file.size,
      lab.links.filter((_, host) => !slow.includes(host)),
    );
  }

  private async goodputFact(): Promise<string[]> {
    const { run, options } = this.workshop;
    const [, one, other] = this.opened.hosts as [Host, Host, Host];
    const rate = this.scenario.lab.links[1]?.down ?? 0;
    const seconds = options.quick ? GOODPUT_S.quick : GOODPUT_S.full;
    const bits = await twoWayGoodput(run, [one, other], seconds).catch(() => undefined);
    if (bits === undefined) return [];
    const [got, of] = [(bits / 1e6).toFixed(1), rate / 1e6];
    return [
      `iperf3, both ways at once: ${got} of ${of} Mbit/s, so about ${(rate / bits).toFixed(3)} is the floor`,
    ];
  }

  private get opened(): ShapedLab {
    if (this.lab === undefined) throw new Error('the case is not open');
    return this.lab;
  }

  private contender(tool: Tool): Contender {
    return {
      name: tool.name,
      missing: () => tool.missing(),
      prepare: async () => {},
      run: async (turn) => await this.run(tool, turn),
      close: async () => {},
    };
  }

  private async run(tool: Tool, turn: number): Promise<{ figures: Figures; foreign: number }> {
    const { workshop, file, scenario, bound } = this;
    await workshop.warm([file.path]);
    const readings: Counters[] = [];
    const { arrivalMs, slow = [] } = scenario;
    const hosts = this.opened.hosts.map((_, host) => host);
    const facts = await runTransfer({
      tool,
      task: newTask({ workshop, lab: this.opened, file, outputs: 'memory' }, tool.name),
      limitMs: PATIENCE * bound * 1_000 + GRACE_MS + hosts.length * (arrivalMs ?? 0),
      kills: killsOf(scenario, turn).map(({ host, share }) => ({ host, afterMs: share * bound * 1_000 })),
      awaited: hosts.filter((host) => host > 0 && !slow.includes(host)),
      ...(arrivalMs === undefined ? {} : { beginsAt: (host: number) => (host - 1) * arrivalMs }),
      atEdges: async () => void readings.push(await this.counters()),
    });
    return { figures: this.figures(facts, readings as [Counters, Counters]), foreign: facts.foreign };
  }

  private async counters(): Promise<Counters> {
    return { hosts: await this.opened.traffic(), racks: await this.opened.betweenRacks() };
  }

  private figures({ seconds, use }: TransferFacts, [before, after]: readonly [Counters, Counters]): Figures {
    const { bound, file, scenario } = this;
    const { median, min, max } = summaryOf(seconds);
    const moved = after.hosts.map(({ sent, received }, host) => ({
      sent: sent - (before.hosts[host]?.sent ?? 0),
      received: received - (before.hosts[host]?.received ?? 0),
    }));
    // Who was killed or is slow has not received everything; who is done has.
    const received = moved.slice(1).map((bytes) => bytes.received / file.size);
    const [sender, receivers, control] = [use['sender'], use['receivers'], use['control']];
    return {
      slowest_over_bound: max / bound,
      median_over_bound: median / bound,
      first_over_bound: min / bound,
      seeder_bytes_over_file: (moved[0]?.sent ?? 0) / file.size,
      received_over_file: summaryOf(received).median,
      ...(scenario.lab.betweenRacks === undefined
        ? {}
        : { rack_bytes_over_file: (after.racks - before.racks) / file.size }),
      slowest_s: max,
      cpu_s: (sender?.cpu ?? 0) + (receivers?.cpu ?? 0),
      ...((control?.peakMemory ?? 0) === 0 ? {} : { control_cpu_s: control?.cpu ?? 0 }),
    };
  }
}
