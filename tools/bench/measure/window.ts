import { ForeignLoad } from './foreign.js';
import { cpuOf, peakMemoryOf, treeOf } from './proc.js';

/**
 * Processes that are counted together, by a name: `sender`, `receiver`, `control`. Given by their first processes, asked
 * again at the end, since some begin only with the work.
 */
export type Groups = Readonly<Record<string, () => readonly number[]>>;

export interface GroupUse {
  /** Seconds, user and system, within the window. */
  readonly cpu: number;
  /** Of the largest process, since it began, bytes. */
  readonly peakMemory: number;
}

export interface WindowFacts {
  readonly foreign: number;
  readonly use: Readonly<Record<string, GroupUse>>;
}

export interface WindowOptions {
  /** Looks at the memory so often, for processes that end within the window. Costs some milliseconds of CPU a look. */
  readonly lookMs?: number;
}

/** The part of a run that is measured: opened when the work begins, closed while its processes are still there. */
export class MeasureWindow {
  private readonly load = new ForeignLoad();
  /** Of each first process and all below it. */
  private readonly before: ReadonlyMap<number, number>;
  private readonly peaks = new Map<string, number>();
  private readonly timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly groups: Groups,
    { lookMs }: WindowOptions = {},
  ) {
    const roots = Object.values(groups).flatMap((rootsOf) => rootsOf());
    this.before = new Map(roots.map((root) => [root, cpuOf(treeOf([root]))]));
    if (lookMs !== undefined) this.timer = setInterval(() => this.look(), lookMs).unref();
  }

  close(): WindowFacts {
    clearInterval(this.timer);
    this.look();
    const use = Object.entries(this.groups).map(([name, roots]) => {
      const cpu = roots().reduce((sum, root) => sum + this.cpuSince(root), 0);
      return [name, { cpu, peakMemory: this.peaks.get(name) ?? 0 }] as const;
    });
    return { foreign: this.load.share(), use: Object.fromEntries(use) };
  }

  /** What a process that was killed took is not known any more: 0. */
  private cpuSince(root: number): number {
    return Math.max(0, cpuOf(treeOf([root])) - (this.before.get(root) ?? 0));
  }

  private look(): void {
    for (const [name, roots] of Object.entries(this.groups)) {
      const peaks = treeOf(roots()).map(peakMemoryOf);
      this.peaks.set(name, Math.max(this.peaks.get(name) ?? 0, ...peaks));
    }
  }
}
