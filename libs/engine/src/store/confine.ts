import { isAbsolute, join, relative as relativePath, sep } from 'node:path';
import { ShoalError } from '#core';
import { fileError, isFileName, systemCode } from '#chunking';
import type { FileDetails, FileSystem } from './file-system.js';

/** Longest path that Linux takes, bytes, its final NUL not counted. */
const PATH_BYTES_MAX = 4_095;

/**
 * The path of `relative` below `root`, never anything outside: no `..`, no absolute path, no NUL, no symbolic link that
 * leads out (also none at the end of it, and none that dangles). Parts that do not exist yet are fine. The answer holds
 * while nobody else may change folders below the root.
 * @throws ShoalError `bad-path`, `not-allowed` (a symbolic link leads out), `not-found` (the root)
 */
export const confine = async (fs: FileSystem, root: string, relative: string): Promise<string> => {
  const parts = checkedParts(relative);
  const real = await fs.realpath(root).catch((error: unknown) => {
    throw fileError(error, `cannot use the folder ${root}`);
  });
  let path = real;
  for (const [index, part] of parts.entries()) {
    const next = join(path, part);
    const there = await detailsOrNothing(fs, next);
    if (there === undefined) return checkedLength(join(path, ...parts.slice(index)));
    path = there.kind === 'link' ? await followInside(fs, real, next) : next;
  }
  return checkedLength(path);
};

/**
 * The path with its symbolic links resolved when it lies below one of `roots`.
 * @throws ShoalError `not-allowed` otherwise, `bad-path`
 */
export const confineToRoots = async (
  fs: FileSystem,
  roots: readonly string[],
  path: string,
): Promise<string> => {
  if (!isAbsolute(path)) throw new ShoalError('bad-path', `${path} is not an absolute path`);
  for (const root of roots) {
    const relative = relativeTo(root, path);
    if (relative !== undefined) return confine(fs, root, relative);
  }
  throw new ShoalError('not-allowed', `${path} lies outside of the folders that this peer may use`, {
    hint: roots.length === 0 ? 'It has no folders: start it with --root.' : `They are: ${roots.join(', ')}`,
  });
};

const relativeTo = (root: string, path: string): string | undefined => {
  if (path.split(sep).includes('..')) return undefined; // what it means depends on symbolic links
  const relative = relativePath(root, path);
  const outside =
    relative === '' || relative === '..' || relative.startsWith(`..${sep}`) || isAbsolute(relative);
  return outside ? undefined : relative;
};

const checkedParts = (relative: string): string[] => {
  const parts = sep === '\\' ? relative.split(/[\\/]/) : relative.split('/');
  const wrong = parts.find((part) => !isFileName(part));
  if (wrong === undefined && !isAbsolute(relative)) return parts;
  throw new ShoalError('bad-path', `${JSON.stringify(relative.slice(0, 200))} is not a path below a folder`, {
    hint: 'Use names of at most 255 bytes joined by single slashes, without "..", from the folder on.',
  });
};

const checkedLength = (path: string): string => {
  if (Buffer.byteLength(path) <= PATH_BYTES_MAX) return path;
  throw new ShoalError('bad-path', `a path of ${Buffer.byteLength(path)} bytes is too long`);
};

const detailsOrNothing = async (fs: FileSystem, path: string): Promise<FileDetails | undefined> =>
  fs.lstat(path).catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw fileError(error, `cannot look at ${path}`);
  });

const followInside = async (fs: FileSystem, root: string, link: string): Promise<string> => {
  const end = await fs.realpath(link).catch(() => undefined);
  if (end !== undefined && (end === root || end.startsWith(root.endsWith(sep) ? root : root + sep)))
    return end;
  throw new ShoalError('not-allowed', `the symbolic link ${link} leads out of ${root} or nowhere`);
};
