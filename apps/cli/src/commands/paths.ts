import { stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { ShoalError } from '#core';

/** Absolute path of a regular file. @throws ShoalError `not-found`, `bad-path` */
export const existingFile = async (path: string, cwd: string): Promise<string> => {
  const whole = wholePath(path, cwd);
  const found = await stat(whole).catch((error: NodeJS.ErrnoException) => {
    throw unreadable(path, error);
  });
  if (found.isFile()) return whole;
  throw new ShoalError(
    'bad-path',
    `"${path}" is ${found.isDirectory() ? 'a folder' : 'not a regular file'}`,
    {
      hint: found.isDirectory()
        ? 'Chunk files are made of one file: pack the folder first, for example with tar. `shoal publish` takes it as it is.'
        : 'Name a regular file.',
    },
  );
};

/** Absolute path of a folder that is there. @throws ShoalError `not-found`, `bad-path` */
export const existingFolder = async (path: string, cwd: string): Promise<string> => {
  const whole = wholePath(path, cwd);
  const found = await stat(whole).catch((error: NodeJS.ErrnoException) => {
    throw unreadable(path, error);
  });
  if (found.isDirectory()) return whole;
  throw new ShoalError('bad-path', `"${path}" is not a folder`, {
    hint: 'Name the folder of the chunk files.',
  });
};

/** Absolute path of a regular file, or of a folder, which is a tree. @throws ShoalError `not-found`, `bad-path` */
export const existingContent = async (path: string, cwd: string): Promise<string> => {
  const whole = wholePath(path, cwd);
  const found = await stat(whole).catch((error: NodeJS.ErrnoException) => {
    throw unreadable(path, error);
  });
  if (found.isFile() || found.isDirectory()) return whole;
  throw new ShoalError('bad-path', `"${path}" is neither a regular file nor a folder`, {
    hint: 'Name a file or a folder.',
  });
};

/**
 * Where a download goes: `-o` as a file, `-o` as a folder that is there (or ends with a slash) with the published name in
 * it, else the published name in the working folder.
 * @param nameOf asked only where the name is needed
 * @throws ShoalError `not-found` when the folder is not there
 */
export const outputPath = async (
  output: string | undefined,
  cwd: string,
  nameOf: () => Promise<string>,
): Promise<string> => {
  const wanted = wholePath(output ?? '.', cwd);
  const asFolder = output === undefined || output.endsWith('/') || (await isFolder(wanted));
  const whole = asFolder ? join(wanted, await nameOf()) : wanted;
  const folder = dirname(whole);
  const there = await stat(folder).catch(() => undefined);
  if (there?.isDirectory() === true) return whole;
  if (there !== undefined) throw new ShoalError('bad-path', `"${folder}" is not a folder`);
  throw new ShoalError('not-found', `there is no folder "${folder}"`, { hint: 'Make it first.' });
};

/** An empty path is a slip, mostly a variable that is not set, and never the working folder. @throws ShoalError `bad-path` */
const wholePath = (path: string, cwd: string): string => {
  if (path !== '') return resolve(cwd, path);
  throw new ShoalError('bad-path', 'the path is empty', {
    hint: 'Is a variable on the command line not set?',
  });
};

const isFolder = async (path: string): Promise<boolean> =>
  (await stat(path).catch(() => undefined))?.isDirectory() === true;

const unreadable = (path: string, error: NodeJS.ErrnoException): ShoalError =>
  error.code === 'ENOENT' || error.code === 'ENOTDIR'
    ? new ShoalError('not-found', `there is no file "${path}"`, {
        cause: error,
        hint: 'Check the path; a relative one starts in the working folder.',
      })
    : new ShoalError('bad-path', `"${path}" cannot be read: ${error.message}`, { cause: error });
