import { symlink } from 'node:fs/promises';
import { nodeFileSystem } from '#engine';
import { fileSystemContract } from '#testing';
import { temporaryFolder } from './temporary-folder.js';

fileSystemContract('this machine', async () => {
  const { path, remove } = await temporaryFolder();
  return { fs: nodeFileSystem, folder: path, symlink: (at, to) => symlink(to, at), tearDown: remove };
});
