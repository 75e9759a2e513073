import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { seededRandom } from '#core';
import { Availability, type Holder } from './availability.js';
import { ChunkSet } from './chunk-set.js';
import { drawn } from './test-support/sketch.js';

const holder = (text: string): Holder => ({ has: ChunkSet.from(drawn(text)), candidates: 0 });

/** Rows are holders; the missing chunks are those marked in `missing`. */
const world = (missing: string, rows: readonly string[]): { book: Availability; holders: Holder[] } => {
  const book = new Availability(missing.length);
  for (const chunk of drawn(missing)) book.setPickable(chunk);
  const holders = rows.map(holder);
  for (const one of holders) book.addHolder(one);
  return { book, holders };
};

const picks = (missing: string, rows: readonly string[], times: number): number[] => {
  const { book, holders } = world(missing, rows);
  const random = seededRandom(7);
  return Array.from({ length: times }, () => book.rarest(holders[0] as Holder, random) ?? -1);
};

describe('the rarest chunk', () => {
  it.each([
    // missing, holders (the first is asked), expected
    ['****', ['****', '**  ', '*   '], 2, [2, 3]],
    ['**  ', ['****', '**  ', '*   '], 1, [1]],
    ['****', ['**  ', '****', '*   '], 1, [1]],
    ['****', ['*   ', '****'], 1, [0]],
    ['    ', ['****'], 1, [-1]],
    ['****', ['    ', '****'], 1, [-1]],
    ['   *', ['*** '], 1, [-1]],
  ])('of missing "%s" at holders %j', (missing, rows, _ways, expected) => {
    expect([...new Set(picks(missing, rows, 40))].sort()).toEqual(expected);
  });

  it('is each of equally rare ones about equally often, wherever they lie', () => {
    const ties = [0, 31, 32, 400, 401, 990];
    const text = [...Array(1_000).keys()].map((chunk) => (ties.includes(chunk) ? '*' : ' ')).join('');
    const seen = new Map<number, number>();
    for (const chunk of picks(text, ['*'.repeat(1_000)], 6_000)) seen.set(chunk, (seen.get(chunk) ?? 0) + 1);
    expect([...seen.keys()].sort((a, b) => a - b)).toEqual(ties);
    for (const times of seen.values()) expect(Math.abs(times - 1_000)).toBeLessThan(150);
  });

  it('is spread over all when all are equally rare', () => {
    const chosen = new Set(picks('*'.repeat(64), ['*'.repeat(64)], 2_000));
    expect(chosen.size).toBe(64);
  });
});

describe('Availability', () => {
  const COUNT = 40;
  const step = fc.record({
    what: fc.constantFrom('gain', 'lose', 'pick', 'unpick', 'add', 'remove'),
    who: fc.nat(4),
    chunk: fc.nat(COUNT - 1),
  });

  it('keeps every count right through any changes', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 80, size: 'max' }), (steps) => {
        const book = new Availability(COUNT);
        const holders = Array.from({ length: 5 }, () => ({ has: new ChunkSet(COUNT), candidates: 0 }));
        const there = new Set<Holder>();
        for (const { what, who, chunk } of steps) {
          const one = holders[who] as Holder;
          if (what === 'pick') book.setPickable(chunk);
          else if (what === 'unpick') book.unsetPickable(chunk);
          else if (what === 'remove' && there.delete(one)) book.removeHolder(one);
          else if (what === 'add' && !there.has(one)) book.addHolder(there.add(one) && one);
          else if (what === 'gain' && there.has(one)) book.gained(one, chunk);
          else if (what === 'lose' && there.has(one)) book.lost(one, chunk);
          book.checkInvariants();
        }
      }),
      { numRuns: 60 },
    );
  });

  it('counts what nobody has', () => {
    const { book, holders } = world('****', ['**  ', '*   ']);
    expect(book.unavailable).toBe(2);
    book.removeHolder(holders[0] as Holder);
    expect([book.unavailable, book.holdersOf(0), book.holdersOf(1)]).toEqual([3, 1, 0]);
  });

  it('counts holders beyond the last level as equally common', () => {
    const rows = Array.from({ length: 70 }, (_, row) => (row < 65 ? '**' : '* '));
    const { book, holders } = world('**', rows);
    book.checkInvariants();
    expect(book.holdersOf(0)).toBe(70);
    expect(book.rarest(holders[0] as Holder, () => 0.99)).toBe(1);
    expect(book.rarest(holders[0] as Holder, () => 0)).toBe(0);
  });
});
