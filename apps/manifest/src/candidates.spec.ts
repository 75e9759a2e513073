import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Bitfield, type PeerId } from '#core';
import type { FileHolder, HolderQuery } from '#registry';
import { fileIdFor, peerRecord } from '#testing';
import { Candidates } from './candidates.js';

const FILE = fileIdFor('music.txt');

describe('candidates', () => {
  let all: FileHolder[];
  let reads: HolderQuery[];
  let candidates: Candidates;

  const some = (count: number): FileHolder[] =>
    Array.from({ length: count }, (_, at) => ({ peer: peerRecord(`host${at}`), chunks: new Bitfield(3) }));
  const ask = async (limit: number, exclude: readonly PeerId[] = [], chunk?: number): Promise<PeerId[]> => {
    const query = { limit, exclude: new Set(exclude), ...(chunk === undefined ? {} : { chunk }) };
    return (await candidates.of(FILE, query)).map(({ peer }) => peer.peerId);
  };

  beforeEach(() => {
    reads = [];
    all = some(500);
    candidates = new Candidates({
      holders: async (_file, query) => {
        reads.push(query);
        await new Promise(setImmediate);
        return all.filter(({ peer }) => !query.exclude.has(peer.peerId)).slice(0, query.limit);
      },
    });
  });

  it('are read once for all who ask at the same time, and each gets an order of its own', async () => {
    all = some(150);
    const answers = await Promise.all(Array.from({ length: 30 }, () => ask(50)));
    // The first asked, and all who came meanwhile.
    expect(reads).toHaveLength(2);
    expect(new Set(answers.map((answer) => answer.slice(0, 50).join())).size).toBe(30);
    for (const answer of answers) expect(new Set(answer).size).toBe(answer.length);
  });

  it('are read again only after a while where there are many', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate'] });
    try {
      for (let asked = 0; asked < 5; asked++) await ask(50);
      expect(reads).toHaveLength(1);
      jest.advanceTimersByTime(1_000);
      await ask(50);
      expect(reads).toHaveLength(2);
    } finally {
      jest.useRealTimers();
    }
  });

  it('are those of now where there are few: who holds the file before the question is among them', async () => {
    all = [];
    const early = ask(50);
    all = some(1);
    const late = ask(50);
    await early;
    expect(await late).toHaveLength(1);
  });

  it('are never whom the asker excludes, and enough all the same', async () => {
    const excluded = all.slice(0, 190).map(({ peer }) => peer.peerId);
    const found = await ask(50, excluded);
    expect(found.length).toBeGreaterThanOrEqual(50);
    expect(found.filter((peerId) => excluded.includes(peerId))).toEqual([]);
  });

  it('of one chunk are looked for by themselves', async () => {
    await ask(5, [], 2);
    expect(reads).toEqual([{ limit: 5, exclude: new Set(), chunk: 2 }]);
  });
});
