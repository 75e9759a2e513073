import { isAbsolute } from 'node:path';
import { ShoalError } from '#core';
import { fileError, sameFile, type FileIdentity } from '#chunking';
import type { FileSystem } from './file-system.js';
import type { CompleteOrder } from './store.js';

/**
 * The real path of a file that is to be served, and by what it is known again.
 * @throws ShoalError `bad-path`, `not-found`, `not-allowed`, `file-changed` (since it was digested)
 */
export const inspectComplete = async (
  fs: FileSystem,
  order: CompleteOrder,
): Promise<{ readonly path: string; readonly identity: FileIdentity }> => {
  if (!isAbsolute(order.path)) throw new ShoalError('bad-path', `${order.path} is not an absolute path`);
  try {
    const path = await fs.realpath(order.path);
    return { path, identity: await identityAt(fs, path, order) };
  } catch (error) {
    throw fileError(error, `cannot serve ${order.path}`);
  }
};

const identityAt = async (fs: FileSystem, path: string, order: CompleteOrder): Promise<FileIdentity> => {
  const file = await fs.open(path, 'read');
  try {
    const { kind, device, inode, size, modified } = await file.stat();
    if (kind !== 'file') throw new ShoalError('bad-path', `${path} is not a plain file`);
    const identity = { device, inode, size, modified };
    if (size === order.manifest.size && sameFile(order.identity ?? identity, identity)) return identity;
    throw new ShoalError('file-changed', `${path} was changed since it was digested`, {
      hint: 'Publish it again.',
    });
  } finally {
    await file.close();
  }
};
