import { describe, expect, it } from '@jest/globals';
import type { FileId, PeerId } from '#core';
import { holdingsDigest, type HeldFile } from '#contracts';
import type { HolderMoment, HolderQuery, Registries } from '#registry';
import { fileIdFor, peerIdFor, peerRecord } from './builders.js';

const MUSIC = fileIdFor('music');
const FILM = fileIdFor('film');

/** Some chunks of a file of 20, or all of them. */
const held = (fileId: FileId, ...ranges: [number, number][]): HeldFile => ({
  fileId,
  chunkCount: 20,
  ...(ranges.length === 0 ? {} : { ranges }),
});
const at = (name: string, sequence: number, incarnation = 1_000): HolderMoment => ({
  peerId: peerIdFor(name),
  incarnation,
  sequence,
});
const ALL: HolderQuery = { limit: 50, exclude: new Set() };

/** What every HolderRegistry does. `make` gives an empty network each time. */
export const holderRegistryContract = (make: () => Registries): void => {
  const networkOf = async (...names: string[]): Promise<Registries> => {
    const network = make();
    for (const name of names) await network.peers.join(peerRecord(name));
    return network;
  };
  /** Who holds which chunks: `{ada: '0-5,7-8'}`, ends exclusive. */
  const view = async (
    network: Registries,
    fileId: FileId,
    query: HolderQuery = ALL,
  ): Promise<Record<string, string>> => {
    const holders = await network.holders.holders(fileId, query);
    return Object.fromEntries(
      holders.map(({ peer, chunks }) => [
        peer.name,
        chunks
          .toRanges()
          .map(({ start, end }) => `${start}-${end}`)
          .join(),
      ]),
    );
  };

  describe('messages in order', () => {
    it('adds acknowledgements up to the whole file', async () => {
      const network = await networkOf('ada');
      const { holders } = network;
      expect(await holders.acknowledge(at('ada', 1), [held(MUSIC, [3, 5])])).toBe('applied');
      expect(await holders.acknowledge(at('ada', 2), [held(MUSIC, [0, 1], [15, 20])])).toBe('applied');
      expect(await view(network, MUSIC)).toEqual({ ada: '0-1,3-5,15-20' });
      expect(await holders.counts([MUSIC])).toEqual([{ holders: 1, seeders: 0 }]);
      await holders.acknowledge(at('ada', 3), [held(MUSIC, [1, 15])]);
      expect(await view(network, MUSIC)).toEqual({ ada: '0-20' });
      expect(await holders.counts([MUSIC, FILM])).toEqual([
        { holders: 1, seeders: 1 },
        { holders: 0, seeders: 0 },
      ]);
    });

    it('takes a file away and lets it come again', async () => {
      const network = await networkOf('ada');
      const { holders } = network;
      await holders.acknowledge(at('ada', 1), [held(MUSIC), held(FILM, [0, 4])]);
      expect(await holders.retract(at('ada', 2), [MUSIC, FILM])).toBe('applied');
      expect(await view(network, MUSIC)).toEqual({});
      expect(await view(network, FILM)).toEqual({});
      await holders.acknowledge(at('ada', 3), [held(FILM, [9, 10])]);
      expect(await view(network, FILM)).toEqual({ ada: '9-10' });
    });

    it('replaces everything by a report', async () => {
      const network = await networkOf('ada');
      const { holders } = network;
      await holders.acknowledge(at('ada', 1), [held(MUSIC), held(FILM, [0, 4])]);
      expect(await holders.report(at('ada', 2), 0, 1, [held(FILM, [2, 6])])).toBe('applied');
      expect(await view(network, MUSIC)).toEqual({});
      expect(await view(network, FILM)).toEqual({ ada: '2-6' });
      expect(await holders.report(at('ada', 3), 0, 1, [])).toBe('applied');
      expect(await view(network, FILM)).toEqual({});
      expect(await holders.fileCounts([peerIdFor('ada')])).toEqual([0]);
    });

    it('counts files and digests them as the peer does', async () => {
      const { holders } = await networkOf('ada', 'bob');
      const none = holdingsDigest([]);
      expect(await holders.digest(peerIdFor('ada'))).toBe(none);
      expect(await holders.digest(peerIdFor('nobody'))).toBe(none);
      await holders.acknowledge(at('ada', 1), [held(MUSIC), held(FILM, [1, 4])]);
      await holders.acknowledge(at('ada', 2), [{ fileId: fileIdFor('empty'), chunkCount: 0 }]);
      expect(await holders.digest(peerIdFor('ada'))).toBe(
        holdingsDigest([
          [FILM, 3],
          [MUSIC, 20],
        ]),
      );
      const asked = ['ada', 'bob', 'nobody'].map(peerIdFor);
      expect(await holders.fileCounts(asked)).toEqual([3, 0, 0]);
      expect(await holders.counts([fileIdFor('empty')])).toEqual([{ holders: 1, seeders: 1 }]);
    });

    it('holds nothing of a file with no chunk set', async () => {
      const { holders } = await networkOf('ada');
      await holders.report(at('ada', 1), 0, 1, [{ fileId: MUSIC, chunkCount: 20, ranges: [] }]);
      expect(await holders.fileCounts([peerIdFor('ada')])).toEqual([0]);
      expect(await holders.counts([MUSIC])).toEqual([{ holders: 0, seeders: 0 }]);
    });

    it('refuses chunks that the file does not have', async () => {
      const { holders } = await networkOf('ada');
      await expect(holders.acknowledge(at('ada', 1), [held(MUSIC, [19, 21])])).rejects.toMatchObject({
        code: 'chunk-out-of-range',
      });
    });
  });

  describe('messages out of order', () => {
    it('ignores what an older incarnation says and does not know a newer one', async () => {
      const network = await networkOf('ada');
      const { holders } = network;
      for (const [incarnation, outcome] of [
        [999, 'ignored'],
        [1_001, 'unknown-peer'],
      ] as const) {
        expect(await holders.acknowledge(at('ada', 1, incarnation), [held(MUSIC)])).toBe(outcome);
        expect(await holders.report(at('ada', 1, incarnation), 0, 1, [held(MUSIC)])).toBe(outcome);
        expect(await holders.retract(at('ada', 1, incarnation), [MUSIC])).toBe(outcome);
      }
      expect(await holders.acknowledge(at('nobody', 1), [held(MUSIC)])).toBe('unknown-peer');
      expect(await view(network, MUSIC)).toEqual({});
    });

    it('does not bring back a retracted file by an older acknowledgement', async () => {
      const network = await networkOf('ada');
      const { holders } = network;
      await holders.retract(at('ada', 5), [MUSIC]);
      expect(await holders.acknowledge(at('ada', 4), [held(MUSIC)])).toBe('ignored');
      expect(await holders.acknowledge(at('ada', 3), [held(MUSIC), held(FILM)])).toBe('applied');
      expect(await view(network, MUSIC)).toEqual({});
      expect(await view(network, FILM)).toEqual({ ada: '0-20' });
    });

    it('keeps a newer acknowledgement when an older retraction comes', async () => {
      const network = await networkOf('ada');
      const { holders } = network;
      await holders.acknowledge(at('ada', 1), [held(MUSIC, [0, 8])]);
      await holders.acknowledge(at('ada', 3), [held(MUSIC, [10, 12])]);
      expect(await holders.retract(at('ada', 2), [MUSIC])).toBe('applied');
      expect(await view(network, MUSIC)).toEqual({ ada: '10-12' });
    });

    it('keeps what is newer than a report that comes late', async () => {
      const network = await networkOf('ada');
      const { holders } = network;
      await holders.acknowledge(at('ada', 1), [held(MUSIC, [0, 8])]);
      await holders.acknowledge(at('ada', 5), [held(MUSIC, [10, 12])]);
      await holders.retract(at('ada', 6), [FILM]);
      expect(await holders.report(at('ada', 4), 0, 1, [held(MUSIC, [0, 2]), held(FILM)])).toBe('applied');
      expect(await view(network, MUSIC)).toEqual({ ada: '0-2,10-12' });
      expect(await view(network, FILM)).toEqual({});
    });

    it('ignores everything that is older than a report', async () => {
      const network = await networkOf('ada');
      const { holders } = network;
      await holders.report(at('ada', 4), 0, 1, [held(MUSIC, [0, 2])]);
      expect(await holders.acknowledge(at('ada', 3), [held(MUSIC)])).toBe('ignored');
      expect(await holders.retract(at('ada', 2), [MUSIC])).toBe('ignored');
      expect(await holders.report(at('ada', 1), 0, 1, [])).toBe('ignored');
      expect(await holders.report(at('ada', 4), 0, 1, [])).toBe('ignored');
      expect(await view(network, MUSIC)).toEqual({ ada: '0-2' });
    });

    it('does not mind messages that come twice', async () => {
      const network = await networkOf('ada');
      const { holders } = network;
      for (let time = 0; time < 2; time++) await holders.acknowledge(at('ada', 1), [held(MUSIC, [0, 8])]);
      expect(await holders.retract(at('ada', 2), [MUSIC])).toBe('applied');
      await holders.acknowledge(at('ada', 3), [held(MUSIC, [4, 5])]);
      expect(await holders.retract(at('ada', 2), [MUSIC])).toBe('ignored');
      expect(await view(network, MUSIC)).toEqual({ ada: '4-5' });
    });
  });

  describe('reports in parts', () => {
    it('take effect together with the last missing part, in any order', async () => {
      const network = await networkOf('ada');
      const { holders } = network;
      await holders.acknowledge(at('ada', 1), [held(fileIdFor('old'))]);
      expect(await holders.report(at('ada', 5), 2, 3, [held(MUSIC, [0, 2])])).toBe('applied');
      expect(await holders.report(at('ada', 5), 2, 3, [held(MUSIC, [0, 2])])).toBe('ignored');
      expect(await holders.report(at('ada', 5), 0, 3, [held(MUSIC, [4, 6]), held(FILM)])).toBe('applied');
      expect(await view(network, fileIdFor('old'))).toEqual({ ada: '0-20' });
      expect(await view(network, MUSIC)).toEqual({});
      expect(await holders.counts([MUSIC, FILM])).toEqual([
        { holders: 0, seeders: 0 },
        { holders: 0, seeders: 0 },
      ]);
      expect(await holders.report(at('ada', 5), 1, 3, [])).toBe('applied');
      expect(await view(network, fileIdFor('old'))).toEqual({});
      expect(await view(network, MUSIC)).toEqual({ ada: '0-2,4-6' });
      expect(await view(network, FILM)).toEqual({ ada: '0-20' });
    });

    it('keep what was acknowledged and retracted while they came in', async () => {
      const network = await networkOf('ada');
      const { holders } = network;
      await holders.report(at('ada', 5), 0, 2, [held(MUSIC, [0, 2])]);
      expect(await holders.acknowledge(at('ada', 6), [held(MUSIC, [7, 8])])).toBe('applied');
      expect(await holders.retract(at('ada', 7), [FILM])).toBe('applied');
      expect(await holders.report(at('ada', 5), 1, 2, [held(FILM, [1, 2])])).toBe('applied');
      expect(await view(network, MUSIC)).toEqual({ ada: '0-2,7-8' });
      expect(await view(network, FILM)).toEqual({});
    });

    it('give way to a newer report', async () => {
      const network = await networkOf('ada');
      const { holders } = network;
      await holders.report(at('ada', 5), 0, 2, [held(MUSIC)]);
      expect(await holders.report(at('ada', 6), 0, 2, [held(FILM)])).toBe('applied');
      expect(await holders.report(at('ada', 5), 1, 2, [])).toBe('ignored');
      expect(await holders.report(at('ada', 6), 1, 2, [])).toBe('applied');
      expect(await view(network, MUSIC)).toEqual({});
      expect(await view(network, FILM)).toEqual({ ada: '0-20' });
    });
  });

  describe('membership', () => {
    it('keeps what was held until the first report of a new incarnation', async () => {
      const network = await networkOf('ada');
      const { holders, peers } = network;
      await holders.report(at('ada', 7), 0, 1, [held(MUSIC)]);
      await holders.report(at('ada', 8), 0, 2, [held(MUSIC)]);
      await peers.join(peerRecord('ada', { incarnation: 2_000 }));
      expect(await view(network, MUSIC)).toEqual({ ada: '0-20' });
      expect(await holders.report(at('ada', 8), 1, 2, [])).toBe('ignored');
      expect(await holders.acknowledge(at('ada', 0, 2_000), [held(FILM, [0, 1])])).toBe('applied');
      expect(await holders.report(at('ada', 1, 2_000), 0, 1, [held(FILM, [0, 2])])).toBe('applied');
      expect(await view(network, MUSIC)).toEqual({});
      expect(await view(network, FILM)).toEqual({ ada: '0-2' });
    });

    it('forgets all holdings of a peer that leaves, at once', async () => {
      const network = await networkOf('ada');
      const { holders, peers } = network;
      await holders.acknowledge(at('ada', 1), [held(MUSIC), held(FILM, [0, 1])]);
      await peers.leave(peerIdFor('ada'), 1_000);
      expect(await view(network, MUSIC)).toEqual({});
      expect(await holders.counts([MUSIC, FILM])).toEqual([
        { holders: 0, seeders: 0 },
        { holders: 0, seeders: 0 },
      ]);
      expect(await holders.acknowledge(at('ada', 2), [held(MUSIC)])).toBe('unknown-peer');
      await peers.join(peerRecord('ada'));
      expect(await holders.fileCounts([peerIdFor('ada')])).toEqual([0]);
      expect(await view(network, FILM)).toEqual({});
    });
  });

  describe('handing out', () => {
    it('never names a holder that is not live, and names it again when it is', async () => {
      const network = await networkOf('ada', 'bob');
      const { holders, peers } = network;
      await holders.acknowledge(at('ada', 1), [held(MUSIC)]);
      await holders.acknowledge(at('bob', 1), [held(MUSIC, [0, 3])]);
      await peers.setReachable(peerIdFor('ada'), 1_000, false);
      expect(await view(network, MUSIC)).toEqual({ bob: '0-3' });
      expect(await holders.counts([MUSIC])).toEqual([{ holders: 1, seeders: 0 }]);
      await holders.report(at('ada', 2), 0, 1, [held(MUSIC)]);
      expect(await view(network, MUSIC)).toEqual({ bob: '0-3' });
      await peers.setReachable(peerIdFor('ada'), 1_000, true);
      await peers.renew(peerIdFor('bob'), 1_000, 5, { sequence: 1, serving: false });
      expect(await view(network, MUSIC)).toEqual({ ada: '0-20' });
    });

    it('leaves out the excluded and those without the chunk', async () => {
      const network = await networkOf('ada', 'bob', 'cleo');
      const { holders } = network;
      await holders.acknowledge(at('ada', 1), [held(MUSIC)]);
      await holders.acknowledge(at('bob', 1), [held(MUSIC, [0, 3])]);
      await holders.acknowledge(at('cleo', 1), [held(MUSIC, [2, 9])]);
      expect(await view(network, MUSIC, { ...ALL, chunk: 8 })).toEqual({ ada: '0-20', cleo: '2-9' });
      expect(await view(network, MUSIC, { ...ALL, chunk: 20 })).toEqual({});
      expect(await view(network, MUSIC, { ...ALL, limit: 0 })).toEqual({});
      const exclude = new Set<PeerId>([peerIdFor('ada')]);
      expect(await view(network, MUSIC, { ...ALL, exclude })).toEqual({ bob: '0-3', cleo: '2-9' });
    });

    it('mixes complete and partial holders, half and half where there are enough', async () => {
      const network = make();
      const { holders, peers } = network;
      for (let number = 0; number < 24; number++) {
        await peers.join(peerRecord(`peer${number}`));
        const chunks = number % 2 === 0 ? held(MUSIC) : held(MUSIC, [0, 1]);
        await holders.acknowledge(at(`peer${number}`, 1), [chunks]);
      }
      const met = new Set<string>();
      for (let round = 0; round < 30; round++) {
        const names = Object.keys(await view(network, MUSIC, { ...ALL, limit: 6 }));
        expect(names.filter((name) => Number(name.slice(4)) % 2 === 0)).toHaveLength(3);
        expect(names).toHaveLength(6);
        names.forEach((name) => met.add(name));
      }
      expect(met.size).toBeGreaterThan(20);
      expect(Object.keys(await view(network, MUSIC, { ...ALL, limit: 20 }))).toHaveLength(20);
      expect(Object.keys(await view(network, MUSIC))).toHaveLength(24);
    });
  });
};
