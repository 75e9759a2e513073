import type { Lock, LockOrder, Locks } from '#engine';

/** Locks within one process, for stores on a FakeFileSystem. */
export class MemoryLocks implements Locks {
  /** The pid that is named as the holder. */
  static readonly PID = 4_711;
  private readonly held = new Set<string>();

  async acquire({ id, busy }: LockOrder): Promise<Lock> {
    if (this.held.has(id)) throw busy(MemoryLocks.PID);
    this.held.add(id);
    return { release: async () => void this.held.delete(id) };
  }
}
