import type { ShoalError } from '#core';

export interface Lock {
  release(): Promise<void>;
}

export interface LockOrder {
  /** What is locked, the same for all who mean the same thing: a kind, a device, an inode. */
  readonly id: string;
  /** Where a lock file may lie on systems that need one. */
  readonly file: string;
  /** The error when another process (undefined: it does not say which) holds it. */
  readonly busy: (pid: number | undefined) => ShoalError;
}

/** Locks between processes that go when their process goes, however it dies. Not re-entrant. */
export interface Locks {
  /** @throws what `busy` makes */
  acquire(order: LockOrder): Promise<Lock>;
}

/** What a way of locking answers when another process has the lock. */
export interface Busy {
  readonly heldBy: number | undefined;
}
