import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Bitfield, seededRandom } from '#core';
import { ChunkSet } from './chunk-set.js';

const LENGTH = 100;
const members = fc.uniqueArray(fc.nat(LENGTH - 1));
const setOf = (chunks: readonly number[]): ChunkSet => {
  const set = new ChunkSet(LENGTH);
  for (const chunk of chunks) set.add(chunk);
  return set;
};

describe('ChunkSet', () => {
  it('says whether adding and deleting changed anything', () => {
    const set = new ChunkSet(40);
    expect([set.add(39), set.add(39), set.count, set.delete(39), set.delete(39), set.count]).toEqual([
      true,
      false,
      1,
      true,
      false,
      0,
    ]);
  });

  it('is the same set as a Set', () => {
    fc.assert(
      fc.property(members, members, (added, deleted) => {
        const set = setOf(added);
        const model = new Set(added);
        for (const chunk of deleted) {
          set.delete(chunk);
          model.delete(chunk);
        }
        expect([...set]).toEqual([...model].sort((a, b) => a - b));
        expect(set.count).toBe(model.size);
      }),
    );
  });

  it('takes over a bitfield', () => {
    fc.assert(
      fc.property(members, (chunks) => {
        const field = new Bitfield(LENGTH);
        for (const chunk of chunks) field.set(chunk);
        expect([...ChunkSet.from(field)]).toEqual([...field]);
      }),
    );
  });

  it('counts common members', () => {
    fc.assert(
      fc.property(members, members, (a, b) => {
        const common = a.filter((chunk) => b.includes(chunk));
        expect(setOf(a).countCommon(setOf(b))).toBe(common.length);
      }),
    );
  });

  it('finds a random common member, and every one of them in time', () => {
    fc.assert(
      fc.property(members, members, fc.nat(1_000), (a, b, seed) => {
        const common = new Set(a.filter((chunk) => b.includes(chunk)));
        const [left, right, random] = [setOf(a), setOf(b), seededRandom(seed)];
        if (common.size === 0) expect(left.randomCommon(right, random)).toBe(-1);
        const seen = new Set<number>();
        for (let draw = 0; draw < 30 * common.size; draw++) seen.add(left.randomCommon(right, random));
        expect([...seen].every((chunk) => common.has(chunk))).toBe(true);
        expect(seen.size).toBeGreaterThanOrEqual(common.size - 1);
      }),
      { numRuns: 50 },
    );
  });

  it('knows which words are empty through any changes', () => {
    fc.assert(
      fc.property(members, members, (added, deleted) => {
        const set = setOf(added);
        for (const chunk of deleted) set.delete(chunk);
        set.checkInvariants();
      }),
    );
  });
});
