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
    [500 * MBIT, 32 * KIB],
    [1_000 * MBIT, 64 * KIB],
    [10_000 * MBIT, 1 * MIB],
    [Infinity, 1 * MIB],
  ])('for %p bytes a millisecond is %i', (rate, bytes) => {
    expect(writeSize(rate)).toBe(bytes);
  });
});

describe('frameSize', () => {
  it.each([
    [16 * KIB, 128 * KIB],
    [256 * KIB, 256 * KIB],
    [1 * MIB, WIRE_LIMITS.dataBytes],
  ])('of writes of %i bytes is %i', (writeBytes, bytes) => {
    expect(frameSize(writeBytes)).toBe(bytes);
  });
});
