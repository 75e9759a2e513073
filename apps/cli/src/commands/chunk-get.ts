import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { chunkNamer, fileError, manifestFileName } from '#chunking';
import { parseFileRef } from '#contracts';
import type { Context } from '../context.js';
import { openLocalPeer } from '../local/local-peer.js';
import { labelOf, type DoneEvent } from '../output/events.js';
import { EXIT, type ExitCode } from '../output/exit-codes.js';
import { makeView, remark } from '../output/make-view.js';
import { clean } from '../output/sanitize.js';
import { follow } from './follow.js';
import { localPeerQuestion, type PeerOptions } from './options.js';

/** Names said in one line. */
const SAID_MAX = 8;

/** Chunk numbers as `[start, end)` pairs from 0. */
type Numbers = readonly (readonly [number, number])[];

export interface ChunkGetOptions extends PeerOptions {
  /** The folder of the chunk files; made when it is missing. */
  readonly output: string;
  /** Write the manifest file beside them. */
  readonly manifest?: boolean | undefined;
  readonly force?: boolean | undefined;
  /** Bytes a second. */
  readonly maxDown?: number | undefined;
  /** Fail when nothing has arrived for so many milliseconds. */
  readonly timeout?: number | undefined;
}

/** Downloads single chunks, each to a file of its own; a daemon goes on serving them from there. */
export const chunkGet = async (
  file: string,
  numbers: Numbers,
  options: ChunkGetOptions,
  context: Context,
): Promise<ExitCode> => {
  const interrupted = context.interrupts();
  const label = labelOf(parseFileRef(file));
  const output = resolve(context.cwd, options.output);
  await mkdir(output, { recursive: true }).catch((error: unknown) => {
    throw fileError(error, `cannot make the folder ${output}`);
  });
  const view = await makeView(context, { json: options.json, label });
  const question = { ...localPeerQuestion(join(output, 'any'), options, context), maxUp: undefined };
  const peer = await openLocalPeer(question, interrupted);
  try {
    const request = {
      ...{ file, output },
      force: options.force ?? false,
      only: numbers.map(([start, end]): [number, number] => [start, end]),
      chunkFiles: { manifestFile: options.manifest ?? false },
      ...(options.maxDown === undefined ? {} : { maxDownRate: options.maxDown }),
      ...(options.timeout === undefined ? {} : { timeoutMs: options.timeout }),
    };
    const done = await follow(peer.client.get(request, interrupted), view, numbers);
    remark(context, options.json, written(done, numbers, options));
    return EXIT.ok;
  } finally {
    view.stop();
    await peer.close();
  }
};

const written = (done: DoneEvent, numbers: Numbers, { manifest }: ChunkGetOptions): string => {
  const name = done.name ?? done.fileId;
  const nameOf = chunkNamer(name);
  const chunks = numbers.flatMap(([start, end]) =>
    Array.from({ length: end - start }, (_, at) => start + at),
  );
  const more = chunks.length > SAID_MAX ? [`${chunks.length - SAID_MAX} more`] : [];
  const files = [
    ...chunks.slice(0, SAID_MAX).map(nameOf),
    ...more,
    ...(manifest === true ? [manifestFileName(name)] : []),
  ];
  return `in ${clean(done.path)}: ${files.map(clean).join(', ')}`;
};
