import type { FakeDisk, FakeFolderNode, FakeNode } from './fake-disk.js';
import { systemError } from './system-error.js';

/** Folders and links of a FakeDisk, as programs change them. What is made or removed is durable after a sync of its folder. */

/** @throws EEXIST */
export const addNode = (disk: FakeDisk, path: string, node: () => FakeNode): FakeNode => {
  const spot = disk.find(path, false);
  if (spot.node !== undefined) throw systemError('EEXIST', path);
  const made = node();
  spot.folder.names.change(new Map([[spot.name, made]]));
  return made;
};

/** @throws EINVAL when it is no link */
export const linkTarget = (disk: FakeDisk, path: string): string => {
  const { node } = disk.find(path, false);
  if (node === undefined) throw systemError('ENOENT', path);
  if (node.kind !== 'link') throw systemError('EINVAL', path);
  return node.to;
};

export const removeNode = (disk: FakeDisk, path: string): void => {
  const spot = disk.find(path, false);
  if (spot.node !== undefined) spot.folder.names.change(new Map([[spot.name, undefined]]));
};

/** Content and names of all that is below. */
export const syncNode = (node: FakeNode | undefined): void => {
  if (node?.kind === 'file') node.content.sync();
  if (node?.kind !== 'folder') return;
  node.names.sync();
  for (const below of node.names.nodes()) syncNode(below);
};

/** What rename says to a pair of which at least one is a folder. @throws EISDIR, ENOTDIR, ENOTEMPTY */
export const checkFolderRename = (from: FakeNode, to: FakeNode | undefined, path: string): void => {
  if (from.kind !== 'folder' && to?.kind === 'folder') throw systemError('EISDIR', path);
  if (from.kind !== 'folder' || to === undefined) return;
  if (to.kind !== 'folder') throw systemError('ENOTDIR', path);
  if ((to as FakeFolderNode).names.names().length > 0) throw systemError('ENOTEMPTY', path);
};
