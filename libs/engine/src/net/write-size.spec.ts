import { describe, expect, it } from '@jest/globals';
import { KIB, MIB } from '#core';
import { WIRE_LIMITS } from '#wire';
import { frameSize, writeSize } from './write-size.js';

const MBIT = 1_000_000 / 8 / 1_000;

describe('writeSize', () => {
  it.each([
    [undefined, 16 * KIB],
    [0, 16 * KIB],
    [NaN, 16 * KIB],
    [50 * MBIT, 16 * KIB],
    [80 * MBIT, 16 * KIB],
    [81 * MBIT, 1 * MIB],
    [10_000 * MBIT, 1 * MIB],
    [Infinity, 1 * MIB],
  ])('for %p bytes a millisecond is %i', (rate, bytes) => {
    expect(writeSize(rate)).toBe(bytes);
  });
});

describe('frameSize', () => {
  it.each([
    [undefined, 128 * KIB],
    [50 * MBIT, 128 * KIB],
    [200 * MBIT, 128 * KIB],
    [1_000 * MBIT, 512 * KIB],
    [Infinity, WIRE_LIMITS.dataBytes],
  ])('for %p bytes a millisecond is %i', (rate, bytes) => {
    expect(frameSize(rate)).toBe(bytes);
  });
});
