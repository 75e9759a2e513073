import { basename, dirname, isAbsolute, join } from 'node:path';
import { ShoalError } from '#core';
import { checkFileName, fileError, systemCode } from '#chunking';
import type { FileDetails, FileSystem } from './file-system.js';

/**
 * Where a download will be delivered: the target with its folder's symbolic links resolved. A symbolic link AT the target
 * is never followed.
 * @throws ShoalError `bad-path`, `bad-name`, `not-allowed`
 */
export const resolveTarget = async (fs: FileSystem, target: string): Promise<string> => {
  if (!isAbsolute(target)) throw new ShoalError('bad-path', `the target ${target} is not an absolute path`);
  if (target.endsWith('/')) throw notAFile(target, 'it ends in a slash');
  const name = checkFileName(basename(target));
  return join(await targetFolder(fs, dirname(target)), name);
};

/** What has this name, undefined when nothing has. */
export const detailsAt = async (fs: FileSystem, path: string): Promise<FileDetails | undefined> => {
  try {
    return await fs.lstat(path);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw fileError(error, `cannot look at ${path}`);
  }
};

/**
 * Force replaces plain files and symbolic links, nothing else.
 * @throws ShoalError `target-exists`, or `bad-path` where force does not help either
 */
export const checkReplaceable = (target: string, there: FileDetails, force: boolean): void => {
  if (there.kind === 'folder') throw notAFile(target, 'it is a folder');
  if (there.kind === 'other') throw notAFile(target, 'there is something that is not a plain file');
  if (!force) throw targetExists(target);
};

export const targetExists = (target: string, cause?: unknown): ShoalError =>
  new ShoalError('target-exists', `${target} is there already`, {
    hint: 'Choose another target, or replace it with --force.',
    cause,
  });

const targetFolder = async (fs: FileSystem, folder: string): Promise<string> => {
  const real = await fs.realpath(folder).catch((error: unknown) => {
    if (systemCode(error) !== 'ENOENT') throw fileError(error, `cannot use the folder ${folder}`);
    throw new ShoalError('bad-path', `the folder ${folder} does not exist`, {
      hint: `Make it first: mkdir -p '${folder}'`,
    });
  });
  const { kind } = await fs.stat(real);
  if (kind !== 'folder') throw new ShoalError('bad-path', `${folder} is not a folder`);
  return real;
};

export const notAFile = (target: string, why: string): ShoalError =>
  new ShoalError('bad-path', `${target} cannot be the target: ${why}`, {
    hint: 'Name the file to write, not a folder.',
  });
