import { parseFileRef, type FileRow, type ReplyBody } from '#contracts';
import { ShoalError } from '#core';
import { print, styleOf, type Context } from '../context.js';
import { pagesOf } from '../network/file-pages.js';
import { makeBroker, withAnchors, type Anchors } from '../network/session.js';
import { EXIT, type ExitCode } from '../output/exit-codes.js';
import { renderFiles, renderHolders } from '../output/listings.js';
import { counted } from '../output/sizes.js';
import { placeFor, type NetworkOptions } from './options.js';

export interface SearchOptions extends NetworkOptions {
  /** Who holds this chunk, counted from 1. */
  readonly chunk?: number | undefined;
}

export const search = async (
  pattern: string,
  options: SearchOptions,
  context: Context,
): Promise<ExitCode> => {
  const broker = await makeBroker(placeFor(options, context), 'search', context);
  await withAnchors(
    broker,
    (anchors) =>
      options.chunk === undefined
        ? listFiles(anchors, pattern, options, context)
        : listHolders(anchors, pattern, options.chunk, options, context),
    context.interrupts(),
  );
  return EXIT.ok;
};

const listFiles = async (
  anchors: Anchors,
  pattern: string,
  { json }: SearchOptions,
  context: Context,
): Promise<void> => {
  const files: FileRow[] = [];
  for await (const page of pagesOf(anchors, pattern)) {
    if (json === true) for (const file of page) print(context, JSON.stringify(file));
    files.push(...page);
  }
  if (files.length === 0) throw nothing(pattern);
  if (json !== true) print(context, renderFiles(files, context.now(), styleOf(context, context.stdout)));
};

const listHolders = async (
  anchors: Anchors,
  pattern: string,
  chunk: number,
  { json }: SearchOptions,
  context: Context,
): Promise<void> => {
  const replies = await holdersOf(anchors, pattern, chunk);
  const style = styleOf(context, context.stdout);
  const texts = replies.map((reply) =>
    json === true
      ? JSON.stringify({ ...reply, manifest: undefined, chunk })
      : renderHolders(reply, chunk, style),
  );
  print(context, texts.join(json === true ? '\n' : '\n\n'));
};

/** One file by name, version or id; with a wildcard the latest version of every match that has such a chunk. */
const holdersOf = async (
  anchors: Anchors,
  pattern: string,
  chunk: number,
): Promise<ReplyBody<'manifest.get'>[]> => {
  const ask = (file: ReturnType<typeof parseFileRef>): Promise<ReplyBody<'manifest.get'>> =>
    anchors.ask('manifest.get', { file, withManifest: false, chunk: chunk - 1 });
  if (!/[*?]/.test(pattern)) {
    const reply = await ask(parseFileRef(pattern));
    if (chunk > reply.chunkCount) throw noSuchChunk(pattern, chunk, reply.chunkCount);
    return [reply];
  }
  const replies = [];
  for await (const page of pagesOf(anchors, pattern)) {
    for (const file of page.filter((row) => chunk <= chunksOfLatest(row)))
      replies.push(await ask({ name: file.name }));
  }
  if (replies.length === 0) throw nothing(pattern);
  return replies;
};

const chunksOfLatest = ({ latest, versions }: FileRow): number =>
  versions.find(({ version }) => version === latest)?.chunkCount ?? 0;

const nothing = (pattern: string): ShoalError =>
  new ShoalError('not-found', `no file matches "${pattern}"`, {
    hint: "* and ? are wildcards; quote them for the shell: shoal search 'mus*'",
  });

const noSuchChunk = (file: string, chunk: number, count: number): ShoalError =>
  new ShoalError(
    'chunk-out-of-range',
    `"${file}" has ${counted(count, 'chunk')}; there is no chunk ${chunk}`,
    {
      hint: `Chunks are counted from 1 to ${count}.`,
    },
  );
