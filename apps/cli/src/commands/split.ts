import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { chunkNamer, fileError } from '#chunking';
import { formatSize } from '#core';
import { splitFile, type SplitResult } from '#engine/chunk-files';
import { print, type Context } from '../context.js';
import { EXIT, type ExitCode } from '../output/exit-codes.js';
import { clean } from '../output/sanitize.js';
import { counted } from '../output/sizes.js';
import { existingFile } from './paths.js';

export interface SplitOptions {
  /** The folder of the chunk files; made when it is missing. */
  readonly output: string;
  readonly name?: string | undefined;
  /** Bytes. */
  readonly chunkSize?: number | undefined;
  readonly force?: boolean | undefined;
  readonly json?: boolean | undefined;
}

/** Cuts a file into chunk files on this machine; no network is needed. */
export const split = async (file: string, options: SplitOptions, context: Context): Promise<ExitCode> => {
  const path = await existingFile(file, context.cwd);
  const folder = resolve(context.cwd, options.output);
  await mkdir(folder, { recursive: true }).catch((error: unknown) => {
    throw fileError(error, `cannot make the folder ${folder}`);
  });
  const result = await splitFile({
    ...{ path, folder },
    name: options.name,
    chunkSize: options.chunkSize,
    force: options.force ?? false,
    signal: context.interrupts(),
  });
  print(context, options.json === true ? JSON.stringify(asJson(result, folder)) : asText(result, folder));
  return EXIT.ok;
};

const asJson = ({ manifest, name, manifestFile }: SplitResult, folder: string) => ({
  event: 'split',
  ...{ name, folder, manifestFile },
  fileId: manifest.fileId,
  size: manifest.size,
  sha256: manifest.sha256,
  chunkSize: manifest.chunkSize,
  chunkCount: manifest.chunkCount,
});

const asText = ({ manifest, name, manifestFile }: SplitResult, folder: string): string => {
  const { chunkCount, chunkSize } = manifest;
  const nameOf = chunkNamer(name);
  const names = [...new Set([0, chunkCount - 1])]
    .filter((chunk) => chunk >= 0 && chunk < chunkCount)
    .map(nameOf);
  const files = chunkCount === 0 ? '' : `: ${names.map(clean).join(' ... ')}`;
  return [
    `cut ${clean(name)} into ${counted(chunkCount, 'chunk file')} of at most ${formatSize(chunkSize)} in ${clean(folder)}${files}`,
    `wrote ${clean(manifestFile)}`,
  ].join('\n');
};
