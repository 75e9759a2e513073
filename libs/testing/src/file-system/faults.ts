import { systemError } from './system-error.js';

/** Calls that can fail. Those that change the disk are the steps at which the power can go. */
export type Operation = ChangingOperation | 'open' | 'read' | 'stat' | 'freeSpace';
type ChangingOperation =
  'create' | 'write' | 'truncate' | 'sync' | 'rename' | 'link' | 'unlink' | 'makeFolder' | 'syncFolder';

const CHANGING: ReadonlySet<Operation> = new Set<ChangingOperation>([
  ...([
    'create',
    'write',
    'truncate',
    'sync',
    'rename',
    'link',
    'unlink',
    'makeFolder',
    'syncFolder',
  ] as const),
]);

interface Fault {
  readonly operation: Operation;
  readonly code: string;
  readonly path: RegExp;
  left: number;
}

/** What goes wrong in a FakeFileSystem, and when. */
export class Faults {
  /** Steps so far: calls that change the disk. */
  steps = 0;
  private readonly faults: Fault[] = [];
  private dark = false;
  private cut: { readonly step: number; readonly takesEffect: boolean } | undefined;

  /** True when the power is off: nothing works any more. */
  get isDark(): boolean {
    return this.dark;
  }

  /** The next `times` such calls for a path that matches fail with this code. */
  add(operation: Operation, code: string, path = /./, times = 1): void {
    this.faults.push({ operation, code, path, left: times });
  }

  /** The power goes at step number `step` (from 1); `takesEffect`: that step is still done, but nobody hears of it. */
  cutPowerAt(step: number, takesEffect: boolean): void {
    this.cut = { step, takesEffect };
  }

  async run<T>(operation: Operation, path: string, task: () => T): Promise<T> {
    await Promise.resolve(); // real calls never answer at once
    if (this.dark) throw systemError('EPOWER', path);
    if (CHANGING.has(operation)) this.step(path, task);
    const fault = this.faults.find(
      (known) => known.operation === operation && known.left > 0 && known.path.test(path),
    );
    if (fault === undefined) return task();
    fault.left--;
    throw systemError(fault.code, path);
  }

  private step(path: string, task: () => unknown): void {
    this.steps++;
    if (this.cut?.step !== this.steps) return;
    this.dark = true;
    if (this.cut.takesEffect) task();
    throw systemError('EPOWER', path);
  }
}
