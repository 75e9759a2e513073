import { dirname, basename } from 'node:path';
import { ShoalError } from '#core';
import type { FileSystem } from './file-system.js';
import type { Lock, Locks } from './lock.js';

export const targetInUse = (target: string, pid?: number): ShoalError =>
  new ShoalError(
    'target-in-use',
    `this file is being downloaded to ${target} already${pid === undefined ? '' : ` by process ${pid}`}`,
    { hint: 'Wait for that download, cancel it, or choose another target.' },
  );

/** Lets no other process fill the same part file. @throws ShoalError `target-in-use` */
export const lockPart = async (fs: FileSystem, locks: Locks, part: string, target: string): Promise<Lock> => {
  const folder = await fs.stat(dirname(part));
  return locks.acquire({
    id: `part:${folder.device}:${folder.inode}:${basename(part)}`,
    file: `${part}.lock`,
    busy: (pid) => targetInUse(target, pid),
  });
};
