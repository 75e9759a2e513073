import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { formatDuration, formatRate, formatSize } from '#core';
import type { RunningPeer } from '../network/network.js';
import { placeIn, sha256Of } from './files.js';
import type { Line } from './shoal.js';
import { askThrough, type Stage } from './stage.js';

/** How long the watched download shall last, seconds: time to kill things in. */
const LASTS_S = 8;

export interface BigFile {
  readonly name: string;
  readonly path: string;
  readonly size: number;
  readonly sha256: string;
}

/** The Node executable: about 100 MB of real binary that every machine with this project has. */
export const bigFile = async (): Promise<BigFile> => {
  const path = process.execPath;
  return { name: 'node-binary', path, size: (await stat(path)).size, sha256: await sha256Of(path) };
};

export const shareBigFile = async (
  stage: Stage,
  publisher: RunningPeer,
  second: RunningPeer,
  file: BigFile,
): Promise<void> => {
  const { story, moves } = stage;
  story.step(
    `${publisher.name} publishes a larger file (${formatSize(file.size)}), ${second.name} fetches it`,
  );
  const path = await placeIn(publisher.roots[0] as string, file.path, file.name);
  await askThrough(stage, publisher, ['publish', path, '--json']);
  const output = join(second.roots[0] as string, file.name);
  const { lines } = await askThrough(stage, second, ['get', file.name, '-o', output, '--json']);
  const done = lines.find(({ event }) => event === 'done') ?? {};
  moves.add(file.name, second.name, fromOf(done));
  const milliseconds = Number(done['milliseconds']);
  story.say(
    `${formatDuration(milliseconds)}, ${formatRate(file.size / (milliseconds / 1_000))}, every chunk checked`,
  );
  story.check((await sha256Of(output)) === file.sha256, `${second.name} has the same bytes`);
};

/** A slow download during which a source and a whole anchor are killed. */
export const killDuringDownload = async (
  stage: Stage,
  getter: RunningPeer,
  victim: RunningPeer,
  anchor: string,
  file: BigFile,
): Promise<void> => {
  const { story, network, moves } = stage;
  const limit = Math.round(file.size / LASTS_S);
  story.step(
    `${getter.name} fetches it at ${formatRate(limit)}; ${victim.name} and ${anchor} are killed meanwhile`,
  );
  let sourceAt: number | undefined;
  let anchorGone: Promise<void> | undefined;
  const onLine = (line: Line): void => {
    const share = shareOf(line);
    if (share === undefined) return;
    if (sourceAt === undefined && share >= 0.3) {
      sourceAt = share;
      victim.process.kill('SIGKILL');
      network.peers.delete(victim.name);
      story.say(`at ${percent(share)}: kill -9 ${victim.process.pid} (${victim.name}, one of its sources)`);
    } else if (anchorGone === undefined && sourceAt !== undefined && share >= 0.45) {
      const pids = Object.values(network.anchor(anchor).processes).map(({ pid }) => pid);
      story.say(`at ${percent(share)}: kill -9 ${pids.join(' ')} (all of ${anchor})`);
      anchorGone = network.killAnchor(anchor);
    }
  };
  const output = join(getter.roots[0] as string, file.name);
  const args = ['get', file.name, '-o', output, '--max-down', `${limit}`, '--json'];
  const { lines } = await askThrough(stage, getter, args, onLine);
  await anchorGone;
  const done = lines.find(({ event }) => event === 'done') ?? {};
  moves.add(file.name, getter.name, fromOf(done));
  for (const { event, message } of lines) if (event === 'notice') story.say(String(message));
  story.check(
    sourceAt !== undefined && sourceAt < 0.6,
    'a source was killed between 30 and 60 %',
    percent(sourceAt ?? 1),
  );
  story.check(anchorGone !== undefined, `the three processes of ${anchor} were killed before the end`);
  story.check((await sha256Of(output)) === file.sha256, 'the download went on and its bytes are the same');
};

const fromOf = (done: Line): { name?: string; peerId: string; chunks: number; bytes: number }[] =>
  (done['from'] ?? []) as never;

const shareOf = (line: Line): number | undefined =>
  line['event'] === 'progress' ? Number(line['bytes']) / Number(line['size']) : undefined;

const percent = (share: number): string => `${Math.round(share * 100)} %`;
