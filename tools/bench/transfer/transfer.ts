import { setMaxListeners } from 'node:events';
import { mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { asShoalError, ShoalError } from '#core';
import { MeasureWindow, type WindowFacts, type WindowOptions } from '../measure/window.js';
import { requireSame } from './shared-file.js';
import type { Distribution, Task, Tool } from './tool.js';
import { within } from './until.js';

export interface TransferPlan {
  readonly tool: Tool;
  readonly task: Task;
  /** The run has failed when it is not over by then. */
  readonly limitMs: number;
  /** Milliseconds after the start at which a host begins; 0 when left out. */
  readonly beginsAt?: (host: number) => number;
  /** Hosts that end as by a crash, and when. */
  readonly kills?: readonly { readonly host: number; readonly afterMs: number }[];
  /** Hosts that are waited for; all that are not killed when left out. */
  readonly awaited?: readonly number[];
  /** A host is done when its file is on the disk for good. */
  readonly syncs?: boolean;
  readonly window?: WindowOptions;
  /** Called right before the start and right after the end of what is measured. */
  readonly atEdges?: () => Promise<void>;
}

export interface TransferFacts extends WindowFacts {
  /** Of each host that was waited for: seconds from when it began. */
  readonly seconds: readonly number[];
  /** From the start of the first to the end of the last. */
  readonly lastAt: number;
}

/** Hosts that fetch, without those that are killed. */
const survivors = ({ task, kills = [], awaited }: TransferPlan): number[] => {
  const all = awaited ?? task.hosts.map((_, host) => host).slice(1);
  return all.filter((host) => !kills.some((kill) => kill.host === host));
};

const outputOf = ({ file, outputFolder }: Task, host: number): string => join(outputFolder(host), file.name);

const syncFile = async (path: string): Promise<void> => {
  const file = await open(path, 'r+');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
};

class Transfer {
  private readonly ended = new AbortController();
  private readonly awaited: ReadonlySet<number>;

  constructor(
    private readonly plan: TransferPlan,
    private readonly distribution: Distribution,
  ) {
    this.awaited = new Set(survivors(plan));
  }

  async measure(): Promise<TransferFacts> {
    const { plan, distribution } = this;
    const hosts = plan.task.hosts.map((_, host) => host).slice(1);
    setMaxListeners(2 * hosts.length, this.ended.signal);
    const groups = {
      sender: () => distribution.processes(0),
      receivers: () => hosts.flatMap((host) => distribution.processes(host)),
      control: () => distribution.control,
    };
    await plan.atEdges?.();
    const window = new MeasureWindow(groups, plan.window);
    const startedAt = performance.now();
    for (const kill of plan.kills ?? []) void this.killLater(kill.host, kill.afterMs);
    const fetches = hosts.map((host) => this.fetch(host));
    const awaited = fetches.filter((_, at) => this.awaited.has(hosts[at] as number));
    try {
      const seconds = await within(Promise.all(awaited), plan.limitMs, plan.tool.name);
      const lastAt = (performance.now() - startedAt) / 1_000;
      return { seconds: seconds.map(Number), lastAt, ...window.close() };
    } finally {
      this.ended.abort();
      await plan.atEdges?.();
    }
  }

  /** Seconds; undefined for a host whose end is not waited for and that failed. */
  private async fetch(host: number): Promise<number | undefined> {
    const { task, beginsAt, syncs } = this.plan;
    try {
      const wait = beginsAt?.(host) ?? 0;
      if (wait > 0) await delay(wait, undefined, { signal: this.ended.signal });
      const startedAt = performance.now();
      await this.distribution.fetch(host);
      if (syncs === true) await syncFile(outputOf(task, host));
      return (performance.now() - startedAt) / 1_000;
    } catch (thrown) {
      if (!this.awaited.has(host)) return undefined;
      throw thrown;
    }
  }

  private async killLater(host: number, afterMs: number): Promise<void> {
    const cancelled = { signal: this.ended.signal };
    await delay(afterMs, undefined, cancelled).then(
      () => this.distribution.kill(host),
      () => undefined,
    );
  }
}

const requireOutputs = async (plan: TransferPlan): Promise<void> => {
  for (const host of survivors(plan)) {
    const path = outputOf(plan.task, host);
    await requireSame(path, plan.task.file).catch((thrown: unknown) => {
      const { code, message } = asShoalError(thrown);
      throw new ShoalError(code, `host ${host}: ${message}`, { cause: thrown });
    });
  }
};

/**
 * One transfer, from a clean start to a clean end, every output compared with the source.
 * @throws ShoalError when it failed, took too long or gave wrong bytes
 */
export const runTransfer = async (plan: TransferPlan): Promise<TransferFacts> => {
  const { task, tool } = plan;
  const folders = task.hosts.map((_, host) => task.outputFolder(host));
  for (const folder of folders) await mkdir(folder, { recursive: true });
  let distribution: Distribution | undefined;
  try {
    distribution = await tool.start(task);
    const facts = await new Transfer(plan, distribution).measure();
    await requireOutputs(plan);
    return facts;
  } finally {
    await distribution?.stop();
    for (const folder of [...folders, task.scratch]) await rm(folder, { recursive: true, force: true });
  }
};
