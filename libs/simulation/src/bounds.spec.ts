import { describe, expect, it } from '@jest/globals';
import { chunkedBound, fluidBound, type BoundFacts } from './bounds.js';

const facts = (changes: Partial<BoundFacts>): BoundFacts => ({
  bytes: 1_000,
  seededBytes: 1_000,
  chunkBytes: 10,
  seederRates: [10],
  up: Array<number>(15).fill(10),
  down: Array<number>(15).fill(10),
  ...changes,
});

describe('the fluid bound', () => {
  it.each<[string, Partial<BoundFacts>, number]>([
    ['the seeder', { seederRates: [5], down: Array<number>(15).fill(20) }, 200],
    ['the slowest downlink', { down: [10, 4] }, 250],
    ['all uplinks together', { up: Array<number>(15).fill(1), down: Array<number>(15).fill(20) }, 600],
    ['what only the seeder has', { seededBytes: 100, bytes: 100, down: [10] }, 10],
  ])('is that of %s', (_what, changes, bound) => {
    expect(fluidBound(facts(changes))).toBe(bound);
  });
});

describe('the chunked bound', () => {
  it('adds the doublings of the last chunk', () => {
    expect(chunkedBound(facts({}))).toBe(100 + 3);
  });
  it('is the fluid one where that is larger', () => {
    expect(chunkedBound(facts({ seederRates: [1_000] }))).toBe(fluidBound(facts({ seederRates: [1_000] })));
  });
});
