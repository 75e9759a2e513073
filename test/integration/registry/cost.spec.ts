import { describe, expect, it } from '@jest/globals';
import type { HolderMoment } from '#registry';
import { fileIdFor, peerIdFor, peerRecord } from '#testing';
import { realRegistries } from './real-registries.js';

const PEERS = 100;
const CHUNKS = 50;

const real = realRegistries();

/** What one Redis and one process take, printed for people: machines differ, so nothing is asserted about time. */
describe('cost', () => {
  it('of acknowledgements, one chunk each', async () => {
    const { holders, peers } = real.make();
    const names = Array.from({ length: PEERS }, (_, number) => `peer${number}`);
    await Promise.all(names.map((name) => peers.join(peerRecord(name))));
    const fileId = fileIdFor('music');
    const started = performance.now();
    for (let chunk = 0; chunk < CHUNKS; chunk++) {
      const outcomes = names.map((name) => {
        const moment: HolderMoment = { peerId: peerIdFor(name), incarnation: 1_000, sequence: chunk };
        return holders.acknowledge(moment, [{ fileId, chunkCount: 1_024, ranges: [[chunk, chunk + 1]] }]);
      });
      expect(new Set(await Promise.all(outcomes))).toEqual(new Set(['applied']));
    }
    const seconds = (performance.now() - started) / 1_000;
    const handout = performance.now();
    const found = await holders.holders(fileId, { limit: 50, exclude: new Set() });
    expect(found.every(({ chunks }) => chunks.count === CHUNKS)).toBe(true);
    const rate = Math.round((PEERS * CHUNKS) / seconds);
    const milliseconds = (performance.now() - handout).toFixed(1);
    process.stdout.write(`${rate} acknowledgements/s; a handout of 50 of 100: ${milliseconds} ms\n`);
  }, 60_000);
});
