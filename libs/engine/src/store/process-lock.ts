import { createHash } from 'node:crypto';
import type { ShoalError } from '#core';
import { holdLockFile } from './lock-file.js';
import { holdLockSocket } from './lock-socket.js';

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

/**
 * On Linux a socket in the abstract namespace: the kernel frees its name with the process, no file can be left over. It
 * is seen by processes of one network namespace, so two containers that share a folder but no network do not see each
 * other. Elsewhere a file with the pid and start time of its process.
 */
export const processLocks = (platform: NodeJS.Platform = process.platform): Locks => ({
  acquire: async ({ id, file, busy }) => {
    const got = platform === 'linux' ? await holdLockSocket(lockSocketName(id)) : await holdLockFile(file);
    if ('heldBy' in got) throw busy(got.heldBy);
    return got;
  },
});

/** Name of the socket that holds a lock; whoever listens on it has the lock. */
export const lockSocketName = (id: string): string =>
  `\0shoal-lock-${createHash('sha256').update(id).digest('hex').slice(0, 40)}`;
