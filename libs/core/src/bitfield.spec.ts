import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Bitfield } from './bitfield.js';
import { countOf, rangesOf } from './ranges.js';

const indexes = fc
  .integer({ min: 1, max: 300 })
  .chain((length) => fc.tuple(fc.constant(length), fc.array(fc.integer({ min: 0, max: length - 1 }))));

describe('bitfield', () => {
  it('keeps what is set and counts it', () => {
    fc.assert(
      fc.property(indexes, ([length, set]) => {
        const field = new Bitfield(length);
        for (const index of set) field.set(index);
        const distinct = new Set(set);
        expect(field.count).toBe(distinct.size);
        expect([...field]).toEqual([...distinct].sort((a, b) => a - b));
        for (const index of distinct) expect(field.clear(index)).toBe(true);
        expect(field.isEmpty).toBe(true);
      }),
    );
  });

  it('comes back from its bytes and from its ranges', () => {
    fc.assert(
      fc.property(indexes, ([length, set]) => {
        const field = Bitfield.fromRanges(length, rangesOf(set));
        expect([...Bitfield.fromBytes(length, field.toBytes())]).toEqual([...field]);
        expect([...Bitfield.fromRanges(length, field.toRanges())]).toEqual([...field]);
        expect(countOf(field.toRanges())).toBe(field.count);
      }),
    );
  });

  it('puts chunk 0 in the highest bit of byte 0', () => {
    const field = new Bitfield(10);
    field.set(0);
    field.set(9);
    expect([...field.toBytes()]).toEqual([0b1000_0000, 0b0100_0000]);
  });

  it('refuses wrong lengths, spare bits and indexes outside', () => {
    const code = (code: string) => expect.objectContaining({ code });
    expect(() => Bitfield.fromBytes(10, new Uint8Array(3))).toThrow(code('bad-size'));
    expect(() => Bitfield.fromBytes(10, Uint8Array.of(0, 0b0010_0000))).toThrow(code('bad-size'));
    expect(() => new Bitfield(-1)).toThrow(code('bad-size'));
    expect(() => new Bitfield(3).set(3)).toThrow(code('chunk-out-of-range'));
    expect(() => new Bitfield(3).setRange({ start: 1, end: 4 })).toThrow(code('chunk-out-of-range'));
    expect(new Bitfield(3).has(-1)).toBe(false);
  });

  it('of an empty file is full and empty', () => {
    const field = Bitfield.full(0);
    expect([field.isFull, field.isEmpty, field.toRanges()]).toEqual([true, true, []]);
  });
});
