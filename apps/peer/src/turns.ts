import { ShoalError, type FileId } from '#core';

export interface TurnWish {
  readonly fileId: FileId;
  readonly target: string;
  /** Raised when this download is no longer wanted: it is about to end. */
  readonly signal: AbortSignal;
  /** Wait for a download to the same target, too; else it is refused. */
  readonly patient: boolean;
}

export interface Turn {
  /** Resolves when no other download of this file or to this target runs before this one; undefined when none does now. */
  readonly others: Promise<void> | undefined;
  /** Lets the next one begin. Call it once, whether the turn has come or not. */
  end(): void;
}

interface Holder {
  readonly signal: AbortSignal;
  /** Resolves when its download has ended. */
  readonly done: Promise<void>;
}

/**
 * One download of a file at a time; the next one of the same file finds its chunks on disk. One download to a target at a time:
 * of a name that is followed the next version may come while the last one is on its way.
 */
export class Turns {
  private readonly last = new Map<FileId, Promise<void>>();
  private readonly taken = new Map<string, Holder>();

  isTaken(fileId: FileId): boolean {
    return this.last.has(fileId);
  }

  /** @throws ShoalError `target-in-use` when a download that goes on writes to this target */
  take({ fileId, target, signal, patient }: TurnWish): Turn {
    const holder = this.taken.get(target);
    if (!patient && holder !== undefined && !holder.signal.aborted) throw targetInUse(target);
    const before = this.last.get(fileId);
    const others = holder === undefined ? before : Promise.all([before, holder.done]).then(() => undefined);
    let ended: () => void = () => undefined;
    const own = new Promise<void>((resolve) => (ended = resolve));
    const both = Promise.all([others, own]).then(() => undefined);
    this.last.set(fileId, both);
    void both.then(() => {
      if (this.last.get(fileId) === both) this.last.delete(fileId);
    });
    const taking = { signal, done: both };
    this.taken.set(target, taking);
    const end = (): void => {
      if (this.taken.get(target) === taking) this.taken.delete(target);
      ended();
    };
    return { others, end };
  }
}

const targetInUse = (target: string): ShoalError =>
  new ShoalError('target-in-use', `a file is being downloaded to ${target} already`, {
    hint: 'Wait for that download, cancel it, or choose another target.',
  });
