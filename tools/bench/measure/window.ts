import { ForeignLoad } from './foreign.js';
import { cpuOf, peakMemoryOf, treeOf } from './proc.js';

/** Processes that are counted together, by a name: `sender`, `receiver`, `control`. Given by their first processes. */
export type Groups = Readonly<Record<string, readonly number[]>>;

export interface GroupUse {
  /** Seconds, user and system, within the window. */
  readonly cpu: number;
  /** Of the largest process, since it began, bytes. */
  readonly peakMemory: number;
}

export interface WindowFacts {
  readonly seconds: number;
  readonly foreign: number;
  readonly use: Readonly<Record<string, GroupUse>>;
}

/** The part of a run that is measured: opened when the work begins, closed when it is done and all are still alive. */
export class MeasureWindow {
  private readonly load = new ForeignLoad();
  private readonly before: ReadonlyMap<string, number>;
  private readonly startedAt: number;

  constructor(private readonly groups: Groups) {
    this.before = new Map(Object.entries(groups).map(([name, roots]) => [name, cpuOf(treeOf(roots))]));
    this.startedAt = performance.now();
  }

  /** @param seconds how long the work took, when that was told more exactly than by the time of this call */
  close(seconds = (performance.now() - this.startedAt) / 1_000): WindowFacts {
    const use = Object.entries(this.groups).map(([name, roots]) => {
      const pids = treeOf(roots);
      const cpu = cpuOf(pids) - (this.before.get(name) ?? 0);
      return [name, { cpu, peakMemory: Math.max(0, ...pids.map(peakMemoryOf)) }] as const;
    });
    return { seconds, foreign: this.load.share(), use: Object.fromEntries(use) };
  }
}
