import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { chunkCountOf } from '#chunking';
import { formatRanges, formatSize } from '#core';
import { stat } from 'node:fs/promises';
import type { RunningPeer } from '../network/network.js';
import { placeIn, sha256Of } from './files.js';
import type { Line } from './shoal.js';
import { ask, askThrough, holdersOf, untilHolders, type Stage } from './stage.js';

/** So that the song has many chunks: it is small. */
const PREFERRED_CHUNK = 4_096;
const CHUNKS_MIN = 10;

type From = { name?: string; peerId: string; chunks: number; bytes: number }[];
const doneOf = (lines: readonly Line[]): Line => lines.find(({ event }) => event === 'done') ?? {};
const fromOf = (lines: readonly Line[]): From => (doneOf(lines)['from'] ?? []) as From;

/** Large enough for 1 KiB, small enough for at least ten chunks where the file allows it. */
const chunkSizeFor = (size: number): number => {
  let chunkSize = PREFERRED_CHUNK;
  while (chunkCountOf(size, chunkSize) < CHUNKS_MIN && chunkSize > 1_024) chunkSize /= 2;
  while (chunkCountOf(size, chunkSize) > 1_024) chunkSize *= 2;
  return chunkSize;
};

export const publishSong = async (stage: Stage, publisher: RunningPeer): Promise<number> => {
  const { story, song } = stage;
  const { size } = await stat(song.path);
  story.step(`${publisher.name} publishes ${song.name} (${formatSize(size)})`);
  const path = await placeIn(publisher.roots[0] as string, song.path, song.name);
  const chunkSize = chunkSizeFor(size);
  const { lines } = await askThrough(stage, publisher, [
    'publish',
    path,
    '--chunk-size',
    String(chunkSize),
    '--json',
  ]);
  const done = doneOf(lines);
  const chunkCount = chunkCountOf(size, chunkSize);
  story.say(
    `${chunkCount} chunks of ${formatSize(chunkSize)}, SHA-256 ${String(done['sha256']).slice(0, 16)}…`,
  );
  story.check(
    done['outcome'] === 'created',
    `${song.name} is version ${String(done['version'])} of its name`,
  );
  const holders = await holdersOf(stage, song.name);
  story.check(
    holders.length === 1 && holders[0]?.name === publisher.name,
    `${publisher.name} is its first holder`,
  );
  return chunkCount;
};

/** Each peer fetches a different part, so that the chunks are spread and nobody but the publisher has all. */
export const spreadSong = async (
  stage: Stage,
  peers: readonly RunningPeer[],
  chunkCount: number,
): Promise<void> => {
  const { story, song } = stage;
  story.step(`${peers.map(({ name }) => name).join(', ')} each fetch a part of it`);
  // Each has chunks that no other one has: whoever wants the whole later needs all of them.
  const share = Math.ceil(chunkCount / peers.length);
  const parts = peers.map((_peer, at) => partOf(at * share, share, chunkCount));
  await Promise.all(
    peers.map(async (peer, at) => {
      const output = join(peer.roots[0] as string, song.name);
      const chunks = formatRanges(parts[at] ?? []).replaceAll(' ', '');
      const { lines } = await askThrough(stage, peer, [
        'get',
        song.name,
        '-o',
        output,
        '--chunks',
        chunks,
        '--json',
      ]);
      stage.moves.add(song.name, peer.name, fromOf(lines));
      story.say(`${peer.name} has chunks ${formatRanges(parts[at] ?? [])}`);
    }),
  );
  const expected = peers.length + 1;
  const holders = await untilHolders(stage, song.name, (all) => all.length === expected);
  story.check(holders.length === expected, `the manifest names ${expected} holders`);
  const whole = holders.filter(({ ranges }) => ranges === undefined).length;
  story.check(whole === 1, 'only the publisher has the whole', `${whole} peers have it`);
};

/** `length` chunks from `start` on, going round at the end. */
const partOf = (start: number, length: number, chunkCount: number): { start: number; end: number }[] => {
  const end = start + length;
  if (end <= chunkCount) return [{ start, end }];
  return [
    { start: 0, end: end - chunkCount },
    { start, end: chunkCount },
  ];
};

export const showManifest = async (stage: Stage): Promise<void> => {
  stage.story.step('The manifest: each chunk, and who has it');
  const { text } = await ask(stage, ['manifest', stage.song.name]);
  stage.story.say(text);
};

export const publisherLeaves = async (stage: Stage, publisher: RunningPeer): Promise<void> => {
  const { story, song } = stage;
  story.step(`${publisher.name}, the only one with the whole file, leaves`);
  await askThrough(stage, publisher, ['leave']);
  const holders = await holdersOf(stage, song.name);
  story.check(
    !holders.some(({ name }) => name === publisher.name),
    `${publisher.name} is in no handout any more`,
  );
  await publisher.process.exited;
  stage.network.peers.delete(publisher.name);
  await rm(join(publisher.roots[0] as string, song.name));
};

export const newcomerGetsSong = async (stage: Stage, name: string): Promise<RunningPeer> => {
  const { story, song, moves } = stage;
  story.step(`A new peer, ${name}, joins and gets the whole from those who have parts`);
  const newcomer = await stage.network.addPeer({ name });
  story.say(`${name} joined through ${String(newcomer.announced['anchor'])} (pid ${newcomer.process.pid})`);
  const output = join(newcomer.roots[0] as string, song.name);
  const { lines } = await askThrough(stage, newcomer, ['get', song.name, '-o', output, '--json']);
  const from = fromOf(lines);
  moves.add(song.name, name, from);
  for (const { name: source, chunks, bytes } of from)
    story.say(`${chunks} ${chunks === 1 ? 'chunk' : 'chunks'} (${formatSize(bytes)}) from ${source}`);
  const givers = from.filter(({ chunks }) => chunks > 0).length;
  story.check(givers >= 3, `${givers} peers each delivered verified chunks`);
  story.check(
    (await sha256Of(output)) === song.sha256,
    'its bytes are the same as those that were published',
  );
  const holders = await untilHolders(stage, song.name, (all) => isWhole(all, name));
  story.check(isWhole(holders, name), `the manifest now names ${name} as a holder of every chunk`);
  return newcomer;
};

const isWhole = (holders: readonly { name: string; ranges?: unknown }[], name: string): boolean =>
  holders.some((holder) => holder.name === name && holder.ranges === undefined);
