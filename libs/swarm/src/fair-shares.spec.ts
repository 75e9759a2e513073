import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { FairShares, weightOf } from './fair-shares.js';

const EVERY = Array.from({ length: 10 }, (_, priority) => priority);

/** Gives so many pieces to priorities that all wait; what each got. */
const give = (shares: FairShares, members: ReadonlyMap<number, number>, pieces: number, bytes = 1_000) => {
  const got = new Map([...members.keys()].map((priority) => [priority, 0]));
  for (let piece = 0; piece < pieces; piece++) {
    const priority = shares.next(members.keys()) as number;
    shares.took(priority, bytes, members.get(priority) as number);
    got.set(priority, (got.get(priority) as number) + 1);
  }
  return got;
};

describe('FairShares', () => {
  it('gives by weight', () => {
    const alone = new Map([9, 7, 5].map((priority) => [priority, 1]));
    expect([...give(new FairShares(), alone, 700)]).toEqual([
      [9, 400],
      [7, 200],
      [5, 100],
    ]);
  });

  it('weighs a priority by those who wait with it', () => {
    const members = new Map([
      [9, 1],
      [5, 8],
    ]);
    expect([...give(new FairShares(), members, 300)]).toEqual([
      [9, 100],
      [5, 200],
    ]);
  });

  it('counts bytes, not pieces', () => {
    const shares = new FairShares();
    const bytes = new Map([
      [5, 8_000],
      [3, 500],
    ]);
    const got = new Map([...bytes.keys()].map((priority) => [priority, 0]));
    for (let turn = 0; turn < 1_000; turn++) {
      const priority = shares.next(bytes.keys()) as number;
      shares.took(priority, bytes.get(priority) as number, 1);
      got.set(priority, (got.get(priority) as number) + (bytes.get(priority) as number));
    }
    expect((got.get(5) as number) / (got.get(3) as number)).toBeCloseTo(2, 1);
  });

  it('keeps nothing for who did not wait, and owes nobody for having had all', () => {
    const shares = new FairShares();
    give(shares, new Map([[5, 1]]), 1_000);
    const both = new Map([
      [9, 1],
      [5, 1],
    ]);
    expect(Math.abs((give(shares, both, 50).get(9) as number) - 40)).toBeLessThanOrEqual(1);
    give(shares, new Map([[9, 1]]), 1_000);
    expect(Math.abs((give(shares, both, 50).get(5) as number) - 10)).toBeLessThanOrEqual(1);
  });

  it('has nobody wait longer than the weights say, whoever comes and goes', () => {
    const turns = fc.array(fc.uniqueArray(fc.nat(9), { minLength: 1 }), { maxLength: 300, size: 'max' });
    fc.assert(
      fc.property(turns, fc.nat(9), (others, patient) => {
        const shares = new FairShares();
        // Each other one its share of what is one piece for this one, and one piece that it had begun.
        const bound = EVERY.reduce((sum, other) => sum + weightOf(other) / weightOf(patient) + 1, 0);
        let passedOver = 0;
        for (const priorities of others) {
          const waiting = new Set([...priorities, patient]);
          const priority = shares.next(waiting) as number;
          shares.took(priority, 1_000, 1);
          passedOver = priority === patient ? 0 : passedOver + 1;
          expect(passedOver).toBeLessThanOrEqual(bound);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('has no turn to give when nobody waits', () => {
    expect(new FairShares().next([])).toBeUndefined();
  });
});
