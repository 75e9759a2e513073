import { describe, expect, it } from '@jest/globals';
import type { PeerId } from '#core';
import { Candidates, type Candidate, type DialAddress } from './candidates.js';

const id = (number: number): PeerId => number.toString(16).padStart(40, '0') as PeerId;
const SELF = id(0xffff);
const LIMITS = { sources: 50, partialSources: 16, candidates: 250 };

interface Named extends DialAddress {
  readonly name: string;
}
const address = (number: number, changes: object = {}): Named => ({
  peerId: id(number),
  incarnation: 1,
  name: `host${number}`,
  host: '10.0.0.1',
  port: 4_000 + number,
  ...changes,
});
const numbered = (count: number): Candidates<Named> => {
  const candidates = new Candidates<Named>(SELF, LIMITS);
  for (let number = 0; number < count; number++) candidates.add(address(number));
  return candidates;
};
const names = (list: readonly Candidate<Named>[]): string[] => list.map(({ address: { name } }) => name);

describe('Candidates', () => {
  it('dials in order, each once, and never itself or who cannot be dialled', () => {
    const candidates = new Candidates<Named>(SELF, LIMITS);
    candidates.add(address(1));
    candidates.add(address(1));
    candidates.add({ ...address(2), peerId: SELF });
    candidates.add(address(3, { port: 0 }));
    candidates.add(address(4));
    expect(names(candidates.toDial(0))).toEqual(['host1', 'host4']);
    expect(candidates.toDial(0)).toEqual([]);
  });

  it('dials few incomplete sources, unless they have nothing to give', () => {
    const candidates = numbered(60);
    expect(candidates.toDial(0)).toHaveLength(LIMITS.partialSources);
    candidates.seek();
    expect(candidates.toDial(0)).toHaveLength(LIMITS.sources - LIMITS.partialSources);
    candidates.seek();
    expect(candidates.toDial(0)).toEqual([]);
  });

  it.each([
    ['both', 30, 30, 12, 4],
    ['few in other racks', 30, 2, 14, 2],
    ['few in this rack', 3, 30, 3, 13],
    ['none in this rack', 0, 30, 0, 16],
  ])(
    'dials near incomplete sources first, and always some far ones: %s',
    (_, near, far, nearDialled, farDialled) => {
      const candidates = new Candidates<Named>(SELF, LIMITS, ({ host }) => host === '10.0.0.1');
      for (let number = 0; number < far; number++) candidates.add(address(number, { host: '10.0.9.1' }));
      for (let number = far; number < far + near; number++) candidates.add(address(number));
      const sides = candidates.toDial(0).map(({ side }) => side);
      expect(sides.filter((side) => side === 'near')).toHaveLength(nearDialled);
      expect(sides.filter((side) => side === 'far')).toHaveLength(farDialled);
    },
  );

  it('does not count complete sources among the incomplete ones', () => {
    const candidates = numbered(30);
    for (const candidate of candidates.toDial(0)) candidates.connected(candidate, true);
    expect(candidates.toDial(0)).toHaveLength(14);
  });

  it('waits longer after each failure and tells who cannot be reached', () => {
    const candidates = numbered(1);
    const waits: number[] = [];
    for (let now = 0; waits.length < 7;) {
      const [candidate] = candidates.toDial(now) as [Candidate<Named>];
      candidates.failed(candidate, now, true);
      const next = candidates.nextAt(now) as number;
      waits.push(next - now);
      expect(candidates.toDial(next - 1)).toEqual([]);
      now = next;
    }
    expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
    expect(candidates.useless(0)).toEqual([id(0)]);
  });

  it('dials at once who has a new address or was seen, but not who is barred', () => {
    const candidates = numbered(1);
    const [candidate] = candidates.toDial(0) as [Candidate<Named>];
    candidates.failed(candidate, 0, true);
    candidates.add(address(0, { incarnation: 0, port: 9 }));
    expect(candidates.toDial(1)).toEqual([]);
    candidates.add(address(0, { incarnation: 2 }));
    expect(candidates.toDial(1)).toHaveLength(1);
    candidates.lost(candidate, 1);
    candidates.seen(id(0));
    expect(candidates.toDial(1)).toHaveLength(1);
    candidates.connected(candidate, true);
    candidates.barred(candidate, 1, 60_000);
    candidates.seen(id(0));
    candidates.add(address(0, { incarnation: 3 }));
    expect(candidates.toDial(60_000)).toEqual([]);
    expect(candidates.useless(60_000)).toEqual([id(0)]);
    expect(candidates.useless(60_001)).toEqual([]);
    expect(candidates.toDial(60_001)).toHaveLength(1);
  });

  it('remembers a bounded number, and keeps who is connected', () => {
    const candidates = numbered(1);
    const [first] = candidates.toDial(0) as [Candidate<Named>];
    candidates.connected(first, true);
    for (let number = 1; number < 1_000; number++) candidates.add(address(number));
    expect(candidates.get(id(0))).toBe(first);
    expect(candidates.get(id(1))).toBeUndefined();
    expect(candidates.get(id(999))).toBeDefined();
  });

  describe('from hearsay', () => {
    it('replaces no address of an anchor, however new it claims to be, unless nobody is there', () => {
      const candidates = numbered(1);
      candidates.hearOf(address(0, { host: '10.6.6.6', incarnation: 2 ** 50 }));
      expect(candidates.get(id(0))?.address.host).toBe('10.0.0.1');
      const [candidate] = candidates.toDial(0) as [Candidate<Named>];
      candidates.failed(candidate, 0, true);
      candidates.hearOf(address(0, { host: '10.0.0.9', incarnation: 2 }));
      expect(candidate.address.host).toBe('10.0.0.9');
      expect(candidates.toDial(1)).toEqual([candidate]);
    });

    it('gives way to an anchor, however new it claimed to be', () => {
      const candidates = new Candidates<Named>(SELF, LIMITS);
      candidates.hearOf(address(0, { host: '10.6.6.6', incarnation: 2 ** 50 }));
      candidates.add(address(0));
      expect(candidates.get(id(0))?.address).toEqual(address(0));
    });

    it('makes nobody forgotten of whom an anchor told, nor a ban', () => {
      const candidates = numbered(LIMITS.candidates - 2);
      candidates.hearOf(address(500));
      candidates.hearOf(address(501));
      candidates.barred(candidates.get(id(500)) as Candidate<Named>, 0, 60_000);
      for (let number = 600; number < 900; number++) candidates.hearOf(address(number));
      const known = (number: number): boolean => candidates.get(id(number)) !== undefined;
      expect([known(0), known(LIMITS.candidates - 3), known(500), known(899)]).toEqual([
        true,
        true,
        true,
        true,
      ]);
      expect([known(501), known(898)]).toEqual([false, false]);
      candidates.add(address(1_000));
      expect([known(899), known(1_000), known(0)]).toEqual([false, true, true]);
    });
  });

  it('wants to hear of more until it knows enough incomplete sources; complete ones do not count', () => {
    const candidates = numbered(LIMITS.partialSources);
    expect(candidates.wantsMore).toBe(true);
    candidates.add(address(100));
    expect(candidates.wantsMore).toBe(false);
    candidates.connected(candidates.get(id(3)) as Candidate<Named>, true);
    expect(candidates.wantsMore).toBe(true);
  });
});
