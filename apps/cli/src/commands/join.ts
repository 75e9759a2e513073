import { resolve } from 'node:path';
import { formatSize, ShoalError } from '#core';
import { findManifestFile, joinChunkFiles, readManifestFile } from '#engine/chunk-files';
import { print, type Context } from '../context.js';
import { EXIT, type ExitCode } from '../output/exit-codes.js';
import { clean } from '../output/sanitize.js';
import { counted } from '../output/sizes.js';
import { outputPath } from './paths.js';

export interface JoinOptions {
  readonly output?: string | undefined;
  /** A manifest file that lies elsewhere, or one of several. */
  readonly manifest?: string | undefined;
  readonly force?: boolean | undefined;
  readonly json?: boolean | undefined;
}

/** Joins the chunk files of a folder on this machine; no network is needed. */
export const join = async (folder: string, options: JoinOptions, context: Context): Promise<ExitCode> => {
  const at = (path: string): string => resolve(context.cwd, path);
  const found = await (options.manifest === undefined
    ? findManifestFile(at(folder))
    : readManifestFile(at(options.manifest)));
  const { manifest, name } = found;
  if (manifest.tree !== undefined) throw isTree(name);
  const target = await outputPath(options.output, context.cwd, async () => name ?? manifest.fileId);
  const path = await joinChunkFiles({
    ...{ manifest, name, target },
    folder: at(folder),
    force: options.force ?? false,
    signal: context.interrupts(),
  });
  const { fileId, size, sha256, chunkCount } = manifest;
  if (options.json === true) {
    print(context, JSON.stringify({ event: 'joined', path, name, fileId, size, sha256, chunkCount }));
  } else {
    const chunks = counted(chunkCount, 'chunk');
    print(
      context,
      `joined ${chunks} (${formatSize(size)}) to ${clean(path)}\nsha256 ${sha256}, as the manifest says`,
    );
  }
  return EXIT.ok;
};

const isTree = (name: string | undefined): ShoalError =>
  new ShoalError('bad-path', `${name ?? 'this'} is a tree: its chunks cannot be joined to a file`, {
    hint: 'Share the folder of its chunk files and get the tree from there: shoal share, shoal get.',
  });
