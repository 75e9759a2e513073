import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { mixHandout, nearness, type HandoutCandidate } from './handout.js';

const some = (count: number, complete: boolean, near: number): HandoutCandidate[] =>
  Array.from({ length: count }, () => ({ complete, nearness: near }));

/** `{complete near, complete far, partial near, partial far}` of a handout. */
const countsOf = (handout: readonly HandoutCandidate[]): number[] =>
  [
    [true, true],
    [true, false],
    [false, true],
    [false, false],
  ].map(
    ([complete, near]) =>
      handout.filter((one) => one.complete === complete && one.nearness > 0 === near).length,
  );

describe('nearness', () => {
  it('is the same rack, then the same zone; a rack of another zone is far', () => {
    const asker = { zone: 'east', rack: '7' };
    expect(nearness(asker, { zone: 'east', rack: '7' })).toBe(2);
    expect(nearness(asker, { zone: 'east', rack: '8' })).toBe(1);
    expect(nearness(asker, { zone: 'west', rack: '7' })).toBe(0);
    expect(nearness(asker, {})).toBe(0);
    expect(nearness({ rack: '7' }, { zone: 'west', rack: '7' })).toBe(2);
    expect(nearness({}, {})).toBe(0);
  });
});

describe('a handout', () => {
  it('is a mix of complete and partial, near and far', () => {
    const all = [...some(90, true, 0), ...some(90, true, 1), ...some(90, false, 0), ...some(90, false, 2)];
    expect(countsOf(mixHandout(all, 20))).toEqual([5, 5, 5, 5]);
  });

  it('gives seeders to everybody while they are few, wherever they are', () => {
    const all = [...some(2, true, 0), ...some(90, false, 1), ...some(90, false, 0)];
    expect(countsOf(mixHandout(all, 20))).toEqual([0, 2, 9, 9]);
  });

  it('fills up with what there is', () => {
    expect(countsOf(mixHandout([...some(30, true, 2), ...some(1, false, 0)], 20))).toEqual([19, 0, 0, 1]);
    expect(countsOf(mixHandout(some(30, false, 0), 20))).toEqual([0, 0, 0, 20]);
  });

  it('prefers the same rack to the same zone', () => {
    const handout = mixHandout([...some(10, false, 1), ...some(2, false, 2), ...some(10, false, 0)], 6);
    expect(handout.map((one) => one.nearness).sort()).toEqual([0, 0, 0, 1, 2, 2]);
  });

  it('has as many as it can, nobody twice, and every seeder when they fit into half', () => {
    const candidate = fc.record({ complete: fc.boolean(), nearness: fc.integer({ min: 0, max: 2 }) });
    fc.assert(
      fc.property(fc.array(candidate, { maxLength: 60 }), fc.nat(30), (all, limit) => {
        const handout = mixHandout(all, limit);
        expect(handout).toHaveLength(Math.min(limit, all.length));
        expect(new Set(handout).size).toBe(handout.length);
        const seeders = all.filter((one) => one.complete);
        if (seeders.length <= limit / 2) expect(handout).toEqual(expect.arrayContaining(seeders));
      }),
    );
  });
});
