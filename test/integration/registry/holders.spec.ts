import { describe, expect, it } from '@jest/globals';
import type { FileId } from '#core';
import { holdingsDigest, type HeldFile } from '#contracts';
import type { HolderMemory, HolderMoment, RedisRegistries } from '#registry';
import { fileIdFor, peerIdFor, peerRecord } from '#testing';
import { realRegistries } from './real-registries.js';

const real = realRegistries();
const MUSIC = fileIdFor('music');
const FILM = fileIdFor('film');
const ADA = peerIdFor('ada');
const USUAL: HolderMemory = { journalEntries: 16, journalEntryBytes: 1_024, retractions: 1_000 };

const at = (sequence: number, incarnation = 1_000): HolderMoment => ({ peerId: ADA, incarnation, sequence });
const held = (fileId: FileId, ...ranges: [number, number][]): HeldFile => ({
  fileId,
  chunkCount: 20,
  ...(ranges.length === 0 ? {} : { ranges }),
});
const remembering = async (memory: Partial<HolderMemory>): Promise<RedisRegistries> => {
  const network = real.make({ holderMemory: { ...USUAL, ...memory } });
  await network.peers.join(peerRecord('ada'));
  return network;
};
const digestOf = (...files: [FileId, number][]): string => holdingsDigest(files);
const many = (count: number): HeldFile[] =>
  Array.from({ length: count }, (_, number) => ({
    fileId: fileIdFor(`file ${number}`),
    chunkCount: 40,
    ...(number % 2 === 0 ? {} : { ranges: [[3, 30]] }),
  }));

describe('what cannot be put in order', () => {
  it('a report older than an acknowledgement that is no longer kept', async () => {
    const { holders } = await remembering({ journalEntries: 1 });
    await holders.acknowledge(at(5), [held(MUSIC, [0, 1])]);
    await holders.acknowledge(at(6), [held(MUSIC, [1, 2])]);
    expect(await holders.report(at(4), 0, 1, [held(FILM)])).toBe('report-needed');
    expect(await holders.digest(ADA)).toBe(digestOf([MUSIC, 2]));
    expect(await holders.report(at(7), 0, 1, [held(MUSIC, [0, 2]), held(FILM)])).toBe('applied');
    expect(await holders.digest(ADA)).toBe(digestOf([MUSIC, 2], [FILM, 20]));
  });

  it('a report or retraction older than an acknowledgement too long to keep', async () => {
    const { holders } = await remembering({ journalEntryBytes: 20 });
    await holders.acknowledge(at(5), [held(MUSIC, [0, 1])]);
    expect(await holders.report(at(4), 0, 1, [])).toBe('report-needed');
    expect(await holders.retract(at(3), [FILM])).toBe('applied');
    expect(await holders.retract(at(3), [MUSIC])).toBe('report-needed');
    expect(await holders.digest(ADA)).toBe(digestOf());
  });

  it('an acknowledgement or report older than a retraction that is no longer kept', async () => {
    const { holders } = await remembering({ retractions: 1 });
    await holders.retract(at(5), [MUSIC]);
    await holders.retract(at(6), [FILM]);
    expect(await holders.acknowledge(at(4), [held(MUSIC)])).toBe('report-needed');
    expect(await holders.report(at(3), 0, 1, [held(MUSIC)])).toBe('report-needed');
    expect(await holders.acknowledge(at(7), [held(MUSIC, [0, 2])])).toBe('applied');
    expect(await holders.digest(ADA)).toBe(digestOf([MUSIC, 2]));
  });

  it('is forgotten with the incarnation', async () => {
    const { holders, peers } = await remembering({ retractions: 0, journalEntries: 0 });
    await holders.retract(at(50), [MUSIC]);
    await holders.acknowledge(at(51), [held(FILM)]);
    await holders.report(at(60), 0, 2, []);
    await peers.join(peerRecord('ada', { incarnation: 2_000 }));
    expect(await holders.acknowledge(at(1, 2_000), [held(MUSIC)])).toBe('applied');
    expect(await holders.report(at(2, 2_000), 0, 1, [held(MUSIC)])).toBe('applied');
    expect(await holders.digest(ADA)).toBe(digestOf([MUSIC, 20]));
  });

  it('a report whose parts disagree on their number', async () => {
    const { holders } = await remembering({});
    await holders.report(at(1), 0, 3, [held(MUSIC)]);
    expect(await holders.report(at(1), 1, 2, [])).toBe('report-needed');
    expect(await holders.report(at(1), 2, 3, [])).toBe('report-needed');
    expect(await holders.report(at(2), 0, 1, [held(FILM)])).toBe('applied');
    expect(await holders.digest(ADA)).toBe(digestOf([FILM, 20]));
  });

  it('a part that the report cannot have', async () => {
    const { holders } = await remembering({});
    for (const part of [-1, 2, 0.5]) {
      await expect(holders.report(at(1), part, 2, [])).rejects.toMatchObject({ code: 'bad-message' });
    }
  });
});

describe('a report whose parts stop coming', () => {
  it('is given up, and a part that comes later asks for a new one', async () => {
    let now = 1_000_000;
    const networkId = real.networkId();
    const { holders, peers, sweeper } = real.makeIn(networkId, {
      clock: { now: () => now },
      stageLifetimeMs: 60_000,
    });
    await peers.join(peerRecord('ada'));
    await holders.acknowledge(at(1), [held(FILM)]);
    await holders.report(at(2), 0, 2, [held(MUSIC)]);
    now += 60_000;
    sweeper.kick();
    await sweeper.idle();
    expect(await real.keys(networkId)).toContain(`full:${MUSIC}`);
    now += 1;
    sweeper.kick();
    await sweeper.idle();
    expect(await real.keys(networkId)).not.toContain(`full:${MUSIC}`);
    expect(await real.keys(networkId)).not.toContain('stages');
    expect(await holders.report(at(2), 1, 2, [])).toBe('report-needed');
    expect(await holders.digest(ADA)).toBe(digestOf([FILM, 20]));
    expect(await holders.report(at(3), 0, 1, [held(MUSIC)])).toBe('applied');
    expect(await holders.digest(ADA)).toBe(digestOf([MUSIC, 20]));
  });
});

describe('many files', () => {
  it('leave with their peer at once, and the rest of them soon', async () => {
    const networkId = real.networkId();
    const { holders, peers, sweeper } = real.makeIn(networkId);
    await peers.join(peerRecord('ada'));
    const files = many(10_000);
    for (let part = 0; part < 10; part++) {
      await holders.report(at(1), part, 10, files.slice(part * 1_000, (part + 1) * 1_000));
    }
    expect(await holders.fileCounts([ADA])).toEqual([10_000]);
    const first = files[0] as HeldFile;
    await peers.leave(ADA, 1_000);
    expect(await holders.counts([first.fileId])).toEqual([{ holders: 0, seeders: 0 }]);
    expect(await holders.holders(first.fileId, { limit: 5, exclude: new Set() })).toEqual([]);
    await sweeper.idle();
    expect(await real.keys(networkId)).toEqual(['inventories', `left:${ADA}`]);
  }, 60_000);

  it('leave nothing behind after reports, restarts, retractions and an unfinished report', async () => {
    const networkId = real.networkId();
    const { holders, peers, sweeper } = real.makeIn(networkId);
    await peers.join(peerRecord('ada'));
    await holders.acknowledge(at(1), many(50));
    await holders.report(at(2), 0, 1, many(70));
    expect((await real.keys(networkId)).filter((key) => key.startsWith('parts:'))).toEqual([]);
    await holders.retract(at(3), [(many(1)[0] as HeldFile).fileId, MUSIC]);
    await holders.acknowledge(at(4), [held(MUSIC, [1, 2])]);
    await holders.report(at(5), 1, 2, many(20));
    await peers.join(peerRecord('ada', { incarnation: 2_000, name: 'ada2' }));
    await holders.report(at(1, 2_000), 1, 2, many(20));
    await peers.leave(ADA, 2_000);
    await sweeper.idle();
    expect(await real.keys(networkId)).toEqual(['inventories', `left:${ADA}`]);
  });

  it('are swept by whoever comes next when nobody did it before', async () => {
    const networkId = real.networkId();
    const { holders, peers, sweeper } = real.makeIn(networkId);
    await peers.join(peerRecord('ada'));
    await holders.acknowledge(at(1), many(250));
    await sweeper.idle();
    // As an anchor that was killed right after its script.
    sweeper.kick = () => undefined;
    await peers.leave(ADA, 1_000);
    expect(await real.keys(networkId)).toContain('garbage');
    const next = real.makeIn(networkId);
    next.sweeper.kick();
    await next.sweeper.idle();
    expect(await real.keys(networkId)).toEqual(['inventories', `left:${ADA}`]);
  });
});

describe('bitmaps', () => {
  it('of the largest file come and go in pieces', async () => {
    const { holders, peers } = real.make();
    await peers.join(peerRecord('ada'));
    const file = (...ranges: [number, number][]): HeldFile => ({
      fileId: MUSIC,
      chunkCount: 65_536,
      ranges,
    });
    await holders.acknowledge(at(1), [file([65_535, 65_536])]);
    await holders.acknowledge(at(2), [file([0, 1], [8, 9], [4_095, 4_098])]);
    const [holder] = await holders.holders(MUSIC, { limit: 1, exclude: new Set() });
    expect(holder?.chunks.length).toBe(65_536);
    expect([...(holder?.chunks ?? [])]).toEqual([0, 8, 4_095, 4_096, 4_097, 65_535]);
    await holders.acknowledge(at(3), [file([1, 65_535])]);
    expect(await holders.counts([MUSIC])).toEqual([{ holders: 1, seeders: 1 }]);
  });

  it('are not believed when a peer contradicts its own number of chunks', async () => {
    const { holders, peers } = real.make();
    await peers.join(peerRecord('ada'));
    await holders.acknowledge(at(1), [{ fileId: MUSIC, chunkCount: 20, ranges: [[0, 2]] }]);
    await holders.acknowledge(at(2), [{ fileId: MUSIC, chunkCount: 2 }]);
    expect(await holders.counts([MUSIC])).toEqual([{ holders: 1, seeders: 0 }]);
  });
});

describe('a file that very many hold', () => {
  it('still finds the one live holder of a chunk', async () => {
    const { holders, peers } = real.make();
    const names = Array.from({ length: 600 }, (_, number) => `peer${number}`);
    await Promise.all(
      names.map(async (name, number) => {
        const peerId = peerIdFor(name);
        await peers.join(peerRecord(name, { reachable: number === 300 || number % 2 === 0 }));
        const chunks = held(MUSIC, number === 300 ? [4, 7] : [0, 4]);
        await holders.acknowledge({ peerId, incarnation: 1_000, sequence: 1 }, [chunks]);
      }),
    );
    // A first look at 256 of the 600 misses it more often than not.
    for (let time = 0; time < 8; time++) {
      const found = await holders.holders(MUSIC, { limit: 50, exclude: new Set(), chunk: 6 });
      expect(found.map(({ peer }) => peer.name)).toEqual(['peer300']);
    }
    expect(await holders.holders(MUSIC, { limit: 50, exclude: new Set() })).toHaveLength(50);
    expect(await holders.counts([MUSIC])).toEqual([{ holders: 300, seeders: 0 }]);
  }, 60_000);
});
