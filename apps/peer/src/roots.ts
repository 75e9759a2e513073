import { realpath } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { ShoalError } from '#core';

/** The folders below which a daemon may read and write. */
export class Roots {
  constructor(readonly folders: readonly string[]) {}

  /**
   * The absolute path, with symlinks of its folders resolved, when it lies below a root.
   * @throws ShoalError `not-allowed`, `not-found` (its folder does not exist)
   */
  async allow(path: string): Promise<string> {
    if (!isAbsolute(path) || path.includes('\0')) {
      throw new ShoalError('bad-path', `"${path.replaceAll('\0', '\\0')}" is not an absolute path`);
    }
    const folder = await realFolder(dirname(path));
    const whole = join(folder, basename(path));
    for (const root of this.folders) {
      const real = await realpath(root).catch(() => resolve(root));
      if (isBelow(real, whole)) return whole;
    }
    throw this.outside(path);
  }

  private outside(path: string): ShoalError {
    return new ShoalError('not-allowed', `"${path}" is not below a root of this peer`, {
      hint: `Its roots: ${this.folders.join(', ')}. Start it with another --root, or run the command without a daemon.`,
    });
  }

  /**
   * The real path of a folder that is a root or lies below one.
   * @throws ShoalError `not-allowed`, `not-found`, `bad-path`
   */
  async allowFolder(path: string): Promise<string> {
    if (!isAbsolute(path) || path.includes('\0')) {
      throw new ShoalError('bad-path', `"${path.replaceAll('\0', '\\0')}" is not an absolute path`);
    }
    const folder = await realFolder(path);
    for (const root of this.folders) {
      const real = await realpath(root).catch(() => resolve(root));
      if (folder === real || isBelow(real, folder)) return folder;
    }
    throw this.outside(path);
  }

  /** Where a file with no other wish is put. */
  get first(): string {
    const [first] = this.folders;
    if (first === undefined) throw new ShoalError('bad-config', 'this peer has no root');
    return first;
  }
}

const isBelow = (root: string, path: string): boolean => {
  const rest = relative(root, path);
  return rest !== '' && rest !== '..' && !rest.startsWith(`..${sep}`) && !isAbsolute(rest);
};

const realFolder = async (folder: string): Promise<string> => {
  try {
    return await realpath(folder);
  } catch (error) {
    throw new ShoalError('not-found', `there is no folder "${folder}"`, { cause: error });
  }
};
