import { createHash } from 'node:crypto';
import type { Locks } from './lock.js';
import { holdLockFile } from './lock-file.js';
import { holdLockSocket } from './lock-socket.js';

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
