import { join } from 'node:path';
import { fileError, formatManifestDocument, manifestFileName, type Manifest } from '#chunking';
import { deliver } from '../store/deliver.js';
import type { FileSystem } from '../store/file-system.js';
import { removeFile } from '../store/replace-file.js';
import { checkReplaceable, detailsAt } from '../store/target.js';
import { readManifestFile } from './find-manifest-file.js';
import { temporaryName } from './temporary-name.js';

/**
 * Writes the manifest file beside chunk files; the same one that is there is left alone.
 * @returns its path
 * @throws ShoalError `target-exists` when another one is there, `bad-path`, `disk-full`, `not-allowed`
 */
export const writeManifestFile = async (
  fs: FileSystem,
  folder: string,
  { manifest, name, force }: { manifest: Manifest; name?: string | undefined; force: boolean },
): Promise<string> => {
  const path = join(folder, manifestFileName(name ?? manifest.fileId));
  const there = await detailsAt(fs, path);
  if (there !== undefined) {
    const known = await readManifestFile(path, fs).catch(() => undefined);
    if (known?.manifest.fileId === manifest.fileId) return path;
    checkReplaceable(path, there, force);
  }
  const temporary = join(folder, temporaryName());
  try {
    const file = await fs.open(temporary, 'create');
    try {
      await file.write(Buffer.from(formatManifestDocument(manifest, name)), 0);
      await file.datasync();
      await deliver(fs, { path: temporary, inode: await file.stat() }, path, force);
    } finally {
      await file.close();
      await removeFile(fs, temporary);
    }
    return path;
  } catch (error) {
    throw fileError(error, `cannot write ${path}`);
  }
};
