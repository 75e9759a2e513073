import { describe, expect, it } from '@jest/globals';
import { fluidBound } from './bound.js';

const links = (count: number, rate: number) =>
  Array.from({ length: count }, () => ({ up: rate, down: rate }));

describe('fluidBound', () => {
  it('is the time of one copy when all links are equal', () => {
    expect(fluidBound(1_000, links(9, 8_000))).toBe(1);
  });

  it('is the time of the slowest downlink', () => {
    expect(fluidBound(1_000, [...links(3, 8_000), { up: 800, down: 800 }])).toBe(10);
  });

  it('is what all uplinks together need when they are few', () => {
    const seeder = { up: 8_000, down: 8_000 };
    const others = Array.from({ length: 4 }, () => ({ up: 0, down: 8_000 }));
    expect(fluidBound(1_000, [seeder, ...others])).toBe(4);
  });
});
