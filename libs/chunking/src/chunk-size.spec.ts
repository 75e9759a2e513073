import { describe, it, expect } from '@jest/globals';
import fc from 'fast-check';
import { GIB, KIB, MIB } from '#core';
import {
  CHUNK_COUNT_MAX,
  CHUNK_SIZE_MAX,
  CHUNK_SIZE_MIN,
  automaticChunkSize,
  checkChunkSize,
  chunkCountOf,
} from './chunk-size.js';

const badSize = expect.objectContaining({ code: 'bad-size' });

describe('automaticChunkSize', () => {
  it.each([
    [0, 64 * KIB],
    [1, 64 * KIB],
    [64 * MIB, 64 * KIB],
    [64 * MIB + 1, 128 * KIB],
    [256 * MIB, 256 * KIB],
    [256 * MIB + 1, 1 * MIB],
    [1 * GIB, 1 * MIB],
    [1 * GIB + 1, 2 * MIB],
    [8 * GIB, 8 * MIB],
    [512 * GIB, 8 * MIB],
    [512 * GIB + 1, 16 * MIB],
    [4_096 * GIB, 64 * MIB],
  ])('of %i bytes is %i', (size, chunkSize) => {
    expect(automaticChunkSize(size)).toBe(chunkSize);
  });

  it('refuses files that even the largest chunks cut into too many', () => {
    expect(() => automaticChunkSize(CHUNK_SIZE_MAX * CHUNK_COUNT_MAX + 1)).toThrow(badSize);
  });

  it('is a power of two that fits, and grows with the file', () => {
    const size = fc.integer({ min: 0, max: CHUNK_SIZE_MAX * CHUNK_COUNT_MAX });
    fc.assert(
      fc.property(size, size, (a, b) => {
        const chunkSize = automaticChunkSize(a);
        expect(Number.isInteger(Math.log2(chunkSize))).toBe(true);
        expect(chunkCountOf(a, chunkSize)).toBeLessThanOrEqual(CHUNK_COUNT_MAX);
        if (a <= b) expect(chunkSize).toBeLessThanOrEqual(automaticChunkSize(b));
      }),
    );
  });
});

describe('checkChunkSize', () => {
  it.each([0, -1, 1.5, Number.NaN, Infinity, CHUNK_SIZE_MIN - 1, CHUNK_SIZE_MAX + 1])(
    'refuses %d',
    (chunkSize) => {
      expect(() => checkChunkSize(10, chunkSize)).toThrow(badSize);
    },
  );

  it('takes the smallest and the largest', () => {
    expect(() => checkChunkSize(10, CHUNK_SIZE_MIN)).not.toThrow();
    expect(() => checkChunkSize(10, CHUNK_SIZE_MAX)).not.toThrow();
  });

  it('refuses one chunk more than a file may have', () => {
    expect(() => checkChunkSize(CHUNK_SIZE_MIN * CHUNK_COUNT_MAX, CHUNK_SIZE_MIN)).not.toThrow();
    expect(() => checkChunkSize(CHUNK_SIZE_MIN * CHUNK_COUNT_MAX + 1, CHUNK_SIZE_MIN)).toThrow(badSize);
  });
});
