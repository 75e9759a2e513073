import { describe, expect, it } from '@jest/globals';
import type { HeldFile } from '#contracts';
import type { HolderMoment, PeerRecord, Registries } from '#registry';
import { fileIdFor, peerIdFor, peerRecord } from './builders.js';

const SONG = fileIdFor('song');
const held = (...ranges: [number, number][]): HeldFile => ({
  fileId: SONG,
  chunkCount: 20,
  ...(ranges.length === 0 ? {} : { ranges }),
});
const at = (name: string, sequence: number): HolderMoment => ({
  peerId: peerIdFor(name),
  incarnation: 1_000,
  sequence,
});
const KEEPS: Partial<PeerRecord> = { storage: { max: 100, free: 50 } };

/** What every HolderRegistry does when a peer wants to give up what was placed on it. `make` gives an empty network. */
export const releaseContract = (make: () => Registries): void => {
  const networkOf = async (peers: Record<string, HeldFile>): Promise<Registries> => {
    const network = make();
    for (const [name, file] of Object.entries(peers)) {
      await network.peers.join(peerRecord(name, KEEPS));
      await network.holders.acknowledge(at(name, 1), [file]);
    }
    return network;
  };
  const names = async (network: Registries): Promise<string[]> => {
    const holders = await network.holders.holders(SONG, { limit: 50, exclude: new Set() });
    return holders.map(({ peer }) => peer.name).sort();
  };

  describe('giving up placed chunks', () => {
    it('is granted where another peer has all, and takes the holder out in the same step', async () => {
      const network = await networkOf({ ada: held(), bob: held() });
      const result = await network.holders.release(at('ada', 2), held());
      expect(result).toEqual({ outcome: 'applied', released: true });
      expect(await names(network)).toEqual(['bob']);
      expect(await network.holders.fileCounts([peerIdFor('ada')])).toEqual([0]);
    });

    it('is refused for the last copy of a single chunk, and changes nothing', async () => {
      const network = await networkOf({ ada: held(), bob: held([0, 19]) });
      expect(await network.holders.release(at('ada', 2), held())).toMatchObject({ released: false });
      expect(await network.holders.release(at('ada', 3), held([18, 20]))).toMatchObject({ released: false });
      expect(await names(network)).toEqual(['ada', 'bob']);
      const [digest] = await Promise.all([network.holders.digest(peerIdFor('ada'))]);
      expect(digest).toBe(await (await networkOf({ ada: held() })).holders.digest(peerIdFor('ada')));
    });

    it.each([
      ['all', held()],
      ['some', held([4, 11])],
    ])('is granted for %s where others have them together', async (_what, chunks) => {
      const network = await networkOf({ ada: chunks, bob: held([0, 8]), eve: held([7, 20]) });
      expect(await network.holders.release(at('ada', 2), chunks)).toMatchObject({ released: true });
      expect(await names(network)).toEqual(['bob', 'eve']);
    });

    it('never lets two peers give up the last two copies, however they ask', async () => {
      const network = await networkOf({ ada: held(), bob: held() });
      const results = await Promise.all([
        network.holders.release(at('ada', 2), held()),
        network.holders.release(at('bob', 2), held()),
      ]);
      expect(results.map(({ released }) => released).sort()).toEqual([false, true]);
      expect(await names(network)).toHaveLength(1);
    });

    it('is granted again when the request comes twice', async () => {
      const network = await networkOf({ ada: held(), bob: held() });
      await network.holders.release(at('ada', 2), held());
      expect(await network.holders.release(at('ada', 2), held())).toEqual({
        outcome: 'ignored',
        released: true,
      });
    });

    it('does not count who is not live, is here for a moment only, or counts other chunks', async () => {
      const network = await networkOf({ ada: held(), bob: held() });
      await network.peers.setReachable(peerIdFor('bob'), 1_000, false);
      await network.peers.join(peerRecord('visitor'));
      await network.holders.acknowledge(at('visitor', 1), [held()]);
      await network.peers.join(peerRecord('liar', KEEPS));
      await network.holders.acknowledge(at('liar', 1), [{ fileId: SONG, chunkCount: 3 }]);
      expect(await network.holders.release(at('ada', 2), held())).toMatchObject({ released: false });
      await network.peers.setReachable(peerIdFor('bob'), 1_000, true);
      expect(await network.holders.release(at('ada', 3), held())).toMatchObject({ released: true });
    });

    it('is undone by what the peer says later, not by what it said before', async () => {
      const network = await networkOf({ ada: held([0, 5]), bob: held() });
      await network.holders.release(at('ada', 3), held([0, 5]));
      await network.holders.acknowledge(at('ada', 2), [held([5, 6])]);
      expect(await names(network)).toEqual(['bob']);
      await network.holders.acknowledge(at('ada', 4), [held([0, 1])]);
      expect(await names(network)).toEqual(['ada', 'bob']);
    });

    it('means nothing from an incarnation that is not the newest', async () => {
      const network = await networkOf({ ada: held(), bob: held() });
      const later = { ...at('ada', 2), incarnation: 2_000 };
      expect(await network.holders.release(later, held())).toEqual({
        outcome: 'unknown-peer',
        released: false,
      });
      const earlier = { ...at('ada', 2), incarnation: 500 };
      expect(await network.holders.release(earlier, held())).toEqual({ outcome: 'ignored', released: false });
      expect(await names(network)).toEqual(['ada', 'bob']);
    });
  });
};
