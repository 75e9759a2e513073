import { describe, expect, it } from '@jest/globals';
import { Pace } from './pace.js';

/** Times of the lines of a download that takes `seconds` and reports ten times a second. */
const linesOf = (seconds: number): number[] => {
  const pace = new Pace();
  const lines: number[] = [];
  for (let now = 0; now <= seconds * 1_000; now += 100) {
    if (pace.due(now, (now / (seconds * 1_000)) * 100)) lines.push(now / 1_000);
  }
  return lines;
};

describe('Pace', () => {
  it('gives a line a second at most', () => {
    expect(linesOf(3)).toEqual([0, 1, 2, 3]);
  });

  it('gives a line for each tenth', () => {
    expect(linesOf(50)).toEqual([0, 5, 10, 15, 20, 25, 30, 35, 40, 45, 50]);
  });

  it('gives a line every ten seconds when it is slow', () => {
    expect(linesOf(1_000).length).toBe(101);
  });
});
