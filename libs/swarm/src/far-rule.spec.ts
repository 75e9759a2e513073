import { describe, expect, it } from '@jest/globals';
import { Bitfield, seededRandom } from '#core';
import { DownloadSwarm } from './download-swarm.js';
import type { DownloadSettings } from './settings.js';
import { deliver, words } from './test-support/sketch.js';

const CHUNKS = 60;
const RACK = ['a', 'b', 'c', 'd', 'e', 'f'];
const full = Bitfield.full(CHUNKS);
const none = new Bitfield(CHUNKS);
const WIDE = { openChunksMin: CHUNKS, depthMin: CHUNKS, fewFirstMs: 1e9, starvedAfterMs: 1e9 };

/** A peer with the others of its rack, who have nothing yet. */
const inRack = (self: string, others = RACK, settings: Partial<DownloadSettings> = WIDE): DownloadSwarm => {
  const swarm = new DownloadSwarm({
    self,
    chunkCount: CHUNKS,
    chunkBytes: () => 65_536,
    have: none,
    random: seededRandom(1),
    settings,
  });
  for (const id of others) if (id !== self) swarm.addSource(id, { has: none, granting: false }, 0);
  return swarm;
};
const asked = (swarm: DownloadSwarm, now = 0): number[] =>
  words(swarm.decide(now))
    .filter((word) => word.startsWith('far<'))
    .map((word) => Number(word.slice(4)));

describe('what a far source has', () => {
  it('is fetched by one peer of the rack each, without a word between them', () => {
    const shares = RACK.map((self) => {
      const swarm = inRack(self);
      swarm.addSource('far', { has: full, granting: false, near: false }, 0);
      return asked(swarm);
    });
    expect(shares.flat().sort((a, b) => a - b)).toEqual([...Array(CHUNKS).keys()]);
    for (const share of shares) expect(share.length).toBeGreaterThan(2);
  });

  it('is not asked for there when a near peer has it', () => {
    const swarm = inRack('a');
    swarm.addSource('far', { has: full, granting: false, near: false }, 0);
    swarm.sourceBitfield('b', { has: full, granting: false }, 0);
    expect(asked(swarm)).toEqual([]);
  });

  it('may be asked for there again when the near peer that had it is gone', () => {
    const swarm = inRack('a', [...RACK, 'g']);
    swarm.addSource('far', { has: full, granting: false, near: false }, 0);
    swarm.sourceHas('b', [{ start: 0, end: CHUNKS }], 0);
    expect(asked(swarm)).toEqual([]);
    swarm.removeSource('b', 0);
    expect(asked(swarm).length).toBeGreaterThan(2);
  });

  it('may be asked for there although a near peer has it while there is no rack here', () => {
    const swarm = inRack('a', ['b']);
    swarm.addSource('far', { has: full, granting: false, near: false }, 0);
    swarm.sourceHas('b', [{ start: 0, end: CHUNKS }], 0);
    swarm.removeSource('b', 0);
    swarm.addSource('b', { has: none, granting: false }, 0);
    swarm.sourceHas('b', [{ start: 0, end: CHUNKS }], 0);
    expect(asked(swarm).length).toBeGreaterThan(CHUNKS / 4);
  });

  it('leaves the window to near sources, and has another one', () => {
    const narrow = { ...WIDE, openChunksMin: 4, smallChunksMin: 0, depthMin: 9 };
    const swarm = inRack('a', RACK, narrow);
    swarm.addSource('far', { has: full, granting: false, near: false }, 0);
    swarm.sourceHas('b', [{ start: 0, end: CHUNKS / 2 }], 0);
    const all = words(swarm.decide(0));
    const countOf = (id: string): number => all.filter((word) => word.startsWith(`${id}<`)).length;
    expect(countOf('b')).toBe(4);
    expect(countOf('far')).toBeGreaterThanOrEqual(2);
    swarm.checkInvariants();
  });

  it('does not let both windows pass the cap in bytes', () => {
    const tight = { ...WIDE, openChunksMin: 4, smallChunksMin: 0, depthMin: 9, openBytesMax: 5 * 65_536 };
    const swarm = inRack('a', RACK, tight);
    swarm.addSource('far', { has: full, granting: false, near: false }, 0);
    swarm.sourceHas('b', [{ start: 0, end: CHUNKS / 2 }], 0);
    expect(words(swarm.decide(0))).toHaveLength(5);
  });

  it('is asked for like anything else by a peer that knows no rack', () => {
    const swarm = inRack('a', ['a', 'b', 'c']);
    swarm.addSource('far', { has: full, granting: false, near: false }, 0);
    expect(asked(swarm)).toHaveLength(CHUNKS);
  });

  it('is asked for by a peer that stood still for a second, whoever should have', () => {
    const swarm = inRack('a');
    swarm.addSource('far', { has: full, granting: false, near: false }, 0);
    for (const chunk of asked(swarm)) deliver(swarm, 'far', chunk, 1);
    expect(asked(swarm, 2)).toEqual([]);
    expect(asked(swarm, 500)).toEqual([]);
    expect(asked(swarm, 1_100).length).toBeGreaterThan(10);
  });

  it('is not granted here while peers of its own rack are there to be granted it', () => {
    const swarm = inRack('a');
    swarm.addSource('seeder', { has: none, granting: true, near: false }, 0);
    expect(words(swarm.decide(0))).toContain('seeder<any');
    const other = inRack('a');
    other.addSource('seeder', { has: none, granting: true, near: false }, 0);
    other.addSource('far', { has: none, granting: false, near: false }, 0);
    expect(words(other.decide(0))).toEqual([]);
  });
});
