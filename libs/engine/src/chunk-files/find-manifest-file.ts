import { basename, join } from 'node:path';
import { ShoalError } from '#core';
import {
  fileError,
  MANIFEST_FILE_BYTES_MAX,
  MANIFEST_FILE_ENDING,
  parseManifestDocument,
  type Manifest,
} from '#chunking';
import type { FileSystem } from '../store/file-system.js';
import { nodeFileSystem } from '../store/node-file-system.js';
import { readWhole } from '../store/replace-file.js';

/** A manifest file that proved itself. */
export interface ManifestFile {
  readonly path: string;
  readonly manifest: Manifest;
  /** The published name; chunk files are called after it. */
  readonly name: string | undefined;
}

/**
 * The manifest file among the chunk files of a folder.
 * @throws ShoalError `not-found` when there is none, `bad-config` when there are several, as readManifestFile
 */
export const findManifestFile = async (
  folder: string,
  fs: FileSystem = nodeFileSystem,
): Promise<ManifestFile> => {
  const names = await fs.list(folder).catch((error: unknown) => {
    throw fileError(error, `cannot read the folder ${folder}`);
  });
  const [only, ...others] = names.filter((name) => name.endsWith(MANIFEST_FILE_ENDING)).sort();
  if (only === undefined) {
    throw new ShoalError('not-found', `there is no manifest file (*${MANIFEST_FILE_ENDING}) in ${folder}`, {
      hint: 'Write one with `shoal manifest NAME -o FILE` and name it with --manifest.',
    });
  }
  if (others.length === 0) return readManifestFile(join(folder, only), fs);
  throw new ShoalError(
    'bad-config',
    `there are ${others.length + 1} manifest files in ${folder}; which one?`,
    {
      hint: `Name it with --manifest, such as --manifest ${join(folder, only)}`,
    },
  );
};

/** @throws ShoalError `not-found`, `not-allowed`, `bad-path`, `limit-exceeded`, `bad-manifest`, `wrong-version` */
export const readManifestFile = async (
  path: string,
  fs: FileSystem = nodeFileSystem,
): Promise<ManifestFile> => {
  const text = await readText(fs, path);
  try {
    return { path, ...parseManifestDocument(text) };
  } catch (error) {
    const { code, message, hint } = error as ShoalError;
    throw new ShoalError(code, `${path}: ${message}`, {
      cause: error,
      hint: hint ?? 'Write it again with `shoal manifest NAME -o FILE`.',
    });
  }
};

const readText = async (fs: FileSystem, path: string): Promise<string> => {
  try {
    const { kind } = await fs.lstat(path);
    if (kind !== 'file') throw new ShoalError('bad-path', `${path} is not a plain file`);
    return (await readWhole(fs, path, MANIFEST_FILE_BYTES_MAX)).toString('utf8');
  } catch (error) {
    if (error instanceof RangeError) {
      throw new ShoalError('limit-exceeded', `${basename(path)} is too large for a manifest file`, {
        cause: error,
      });
    }
    throw fileError(error, `cannot read the manifest file ${path}`);
  }
};
