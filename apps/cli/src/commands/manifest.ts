import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { formatManifestDocument, manifestFromDocument, type Manifest } from '#chunking';
import { parseFileRef, type ReplyBody } from '#contracts';
import { formatSize, ShoalError } from '#core';
import { print, styleOf, type Context } from '../context.js';
import { makeBroker, withAnchors } from '../network/session.js';
import { EXIT, type ExitCode } from '../output/exit-codes.js';
import { manifestJson, renderManifest } from '../output/manifest-table.js';
import { renderTree } from '../output/tree-table.js';
import { placeFor, type PeerOptions } from './options.js';
import { fetchTreeIndex } from './tree-files.js';

export interface ManifestOptions extends PeerOptions {
  /** What lies in a tree instead of its chunks. */
  readonly files?: boolean | undefined;
  /** Write the manifest file there. */
  readonly output?: string | undefined;
}

export const manifest = async (
  file: string,
  options: ManifestOptions,
  context: Context,
): Promise<ExitCode> => {
  const ref = parseFileRef(file);
  const broker = await makeBroker(placeFor(options, context), 'manifest', context);
  const reply = await withAnchors(
    broker,
    (anchors) => anchors.ask('manifest.get', { file: ref }),
    context.interrupts(),
  );
  const found = provenManifest(reply);
  if (options.files === true) return listFiles(found, reply, options, context);
  if (options.output !== undefined) return writeManifest(found, reply, options.output, options, context);
  if (options.json === true) print(context, JSON.stringify(manifestJson(reply, found)));
  else print(context, renderManifest(reply, found, styleOf(context, context.stdout)));
  return EXIT.ok;
};

const listFiles = async (
  found: Manifest,
  { name }: ReplyBody<'manifest.get'>,
  options: ManifestOptions,
  context: Context,
): Promise<ExitCode> => {
  const index = await fetchTreeIndex(found, name, options, context);
  if (options.json === true) for (const entry of index.entries) print(context, JSON.stringify(entry));
  else if (index.entries.length === 0) print(context, 'the tree is empty');
  else print(context, renderTree(index, styleOf(context, context.stdout)));
  return EXIT.ok;
};

/** Nobody is believed: the digests must give the file id that was answered. */
const provenManifest = (reply: ReplyBody<'manifest.get'>): Manifest => {
  if (reply.manifest === undefined) throw new ShoalError('bad-message', 'the anchor sent no manifest');
  const found = manifestFromDocument(reply.manifest);
  if (found.fileId === reply.fileId) return found;
  throw new ShoalError('bad-manifest', 'the anchor sent the manifest of another file');
};

const writeManifest = async (
  found: Manifest,
  { name }: ReplyBody<'manifest.get'>,
  output: string,
  { json }: ManifestOptions,
  context: Context,
): Promise<ExitCode> => {
  const path = resolve(context.cwd, output);
  try {
    await writeFile(path, formatManifestDocument(found, name));
  } catch (error) {
    throw new ShoalError('disk-failed', `the manifest cannot be written: ${(error as Error).message}`, {
      cause: error,
    });
  }
  const said = { path, fileId: found.fileId, chunkCount: found.chunkCount };
  if (json === true) print(context, JSON.stringify({ event: 'written', ...said }));
  else
    print(
      context,
      `wrote the manifest of ${formatSize(found.size)} in ${found.chunkCount} chunks to ${path}`,
    );
  return EXIT.ok;
};
