import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Bitfield } from '#core';
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

  it('counts and finds common members', () => {
    fc.assert(
      fc.property(members, members, (a, b) => {
        const common = a.filter((chunk) => b.includes(chunk)).sort((x, y) => x - y);
        const [left, right] = [setOf(a), setOf(b)];
        expect(left.countCommon(right)).toBe(common.length);
        expect(common.map((_, nth) => left.nthCommon(right, nth))).toEqual(common);
        expect(left.nthCommon(right, common.length)).toBe(-1);
      }),
    );
  });
});
