import { describe, expect, it } from '@jest/globals';
import { percentileOf, runsThatCount, summariesOf, summaryOf } from './statistics.js';

describe('summaryOf', () => {
  it('takes the middle one, or the mean of the two in the middle', () => {
    expect(summaryOf([9, 1, 5])).toEqual({ median: 5, min: 1, max: 9, runs: 3 });
    expect(summaryOf([4, 1, 2, 9]).median).toBe(3);
  });

  it('does not make up a figure', () => {
    expect(() => summaryOf([])).toThrow(RangeError);
  });
});

describe('percentileOf', () => {
  it('is one of the values', () => {
    const values = Array.from({ length: 100 }, (_, at) => 100 - at);
    expect(percentileOf(values, 0.5)).toBe(50);
    expect(percentileOf(values, 0.99)).toBe(99);
    expect(percentileOf([7], 0.99)).toBe(7);
    expect(percentileOf(values, 0)).toBe(1);
  });
});

describe('runsThatCount', () => {
  const run = (foreign: number) => ({ figures: { s: foreign }, foreign });

  it('leaves disturbed runs out while there are others', () => {
    expect(runsThatCount([run(0.5), run(0.05), run(0.12)])).toEqual([run(0.05), run(0.12)]);
  });

  it('has nothing better than disturbed ones when all are', () => {
    expect(runsThatCount([run(0.5), run(0.2)])).toHaveLength(2);
  });
});

describe('summariesOf', () => {
  it('summarises each metric over the runs that have it', () => {
    expect(summariesOf([{ a: 1, b: 2 }, { a: 3 }])).toEqual({
      a: { median: 2, min: 1, max: 3, runs: 2 },
      b: { median: 2, min: 2, max: 2, runs: 1 },
    });
  });
});
