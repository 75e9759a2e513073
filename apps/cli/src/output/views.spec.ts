import { describe, expect, it } from '@jest/globals';
import type { FileId, PeerId } from '#core';
import type { DoneEvent, TransferEvent, TransferView } from './events.js';
import { plainStyle } from './style.js';
import { describeEvent } from './summary.js';
import { JsonView, PlainView } from './views.js';

const peerId = 'c'.repeat(40) as PeerId;
const DONE: DoneEvent = {
  event: 'done',
  fileId: 'f'.repeat(64) as FileId,
  name: 'music.txt',
  version: 2,
  outcome: 'downloaded',
  size: 3_145_728,
  sha256: 'ab'.repeat(32),
  path: '/home/me/music.txt',
  milliseconds: 1_500,
  from: [
    { peerId, name: 'host1', chunks: 1, bytes: 1_048_576 },
    { peerId: 'd'.repeat(40) as PeerId, chunks: 2, bytes: 2_097_152 },
  ],
};
const STORY: TransferEvent[] = [
  {
    event: 'started',
    fileId: DONE.fileId,
    name: 'music.txt',
    version: 2,
    size: 3_145_728,
    chunkCount: 3,
    path: DONE.path,
    resumed: 1,
  },
  { event: 'progress', bytes: 1_048_576, size: 3_145_728, chunks: 1, chunkCount: 3, rate: 0, sources: 2 },
  {
    event: 'notice',
    kind: 'wrong-bytes',
    message: 'host\u001b[2J sent wrong bytes for chunk 2',
    peerId,
    chunk: 1,
  },
  DONE,
];

const show = (
  make: (print: (line: string) => void) => TransferView,
  events: readonly TransferEvent[],
): string[] => {
  const lines: string[] = [];
  const view = make((line) => lines.push(line));
  for (const event of events) view.handle(event);
  view.stop();
  return lines;
};

describe('PlainView', () => {
  it('tells a download as lines', () => {
    expect(show((print) => new PlainView('music.txt', print, plainStyle, () => 0), STORY)).toEqual([
      'music.txt@2: 3 MiB in 3 chunks, 1 of them are here already',
      'music.txt: 33%, 1 MiB of 3 MiB, 0 B/s, ETA -, 2 sources, 1/3 chunks',
      'warning: host\\u{1b}[2J sent wrong bytes for chunk 2',
      [
        'downloaded music.txt@2',
        'path    /home/me/music.txt',
        'size    3 MiB (3145728 bytes) in 1.5 s, 2 MiB/s',
        `sha256  ${'ab'.repeat(32)}`,
        'SOURCE  PEER      CHUNKS  BYTES',
        '-       dddddddd       2  2 MiB',
        'host1   cccccccc       1  1 MiB',
      ].join('\n'),
    ]);
  });

  it('says of a part which chunks came', () => {
    const done = { ...DONE, only: [[1, 3] as [number, number]], from: [] };
    const said = (event: TransferEvent): string[] =>
      show((print) => new PlainView('music.txt', print, plainStyle, () => 0), [event]);
    expect(said(done)).toEqual(['downloaded chunks 2-3 of music.txt@2']);
    expect(said({ ...done, outcome: 'already-there', only: [[1, 2]] })[0]).toMatch(
      /^there already: chunk 2 of music\.txt@2$/,
    );
  });

  it('knows the rate of reading', () => {
    let now = 0;
    const view = (print: (line: string) => void): TransferView =>
      new PlainView('x', print, plainStyle, () => now);
    const lines = show(
      (print) => {
        const made = view(print);
        return {
          handle: (event) => {
            made.handle(event);
            now += 2_000;
          },
          stop: () => made.stop(),
        };
      },
      [
        { event: 'digesting', bytes: 0, size: 8_192 },
        { event: 'digesting', bytes: 4_096, size: 8_192 },
      ],
    );
    expect(lines[1]).toBe('reading x: 50%, 4 KiB of 8 KiB, 2 KiB/s, ETA 2.0 s');
  });
});

describe('JsonView', () => {
  it('is one object a line, as it came', () => {
    const lines = show((print) => new JsonView(print), STORY);
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(STORY);
  });
});

describe('describeEvent', () => {
  const say = (event: TransferEvent): string | undefined => describeEvent(event, plainStyle);

  it('says what became of a publication', () => {
    expect(say({ ...DONE, outcome: 'created' })).toMatch(/^published music\.txt@2\nsize/);
    expect(say({ ...DONE, outcome: 'new-version' })).toMatch(/^published music\.txt@2: a new version\n/);
    expect(say({ ...DONE, outcome: 'unchanged' })).toMatch(
      /^unchanged: music\.txt@2 has this content already\n/,
    );
  });

  it('does not boast about a file that was there', () => {
    const text = say({ ...DONE, outcome: 'already-there', from: [] });
    expect(text).toMatch(/^music\.txt@2 is there already\n/);
    expect(text).not.toMatch(/ in /);
  });

  it('names another peer and its path, and says only what is known', () => {
    const about = {
      event: 'delivered',
      peer: 'host7',
      distributionId: 'd',
      fileId: DONE.fileId,
      size: 1_024,
    } as const;
    expect(say({ ...about, name: 'music.txt', path: '/srv/music.txt', milliseconds: 1_000 })).toBe(
      'host7 has music.txt\npath  host7:/srv/music.txt\nsize  1 KiB (1024 bytes) in 1.0 s, 1 KiB/s',
    );
    expect(say(about)).toBe('host7 has ffffffff\nsize  1 KiB (1024 bytes)');
  });
});
