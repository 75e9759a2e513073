import { describe, expect, it } from '@jest/globals';
import { KIB, MIB } from '#core';
import { DOWNLOAD_DEFAULTS } from './settings.js';
import { depthLimit, openLimit, windowSpan } from './window.js';

/** Bytes a millisecond. */
const MBIT = 125;
const limit = (rate: number, chunkBytes: number, roundTrip?: number): number =>
  openLimit(rate, windowSpan(roundTrip, DOWNLOAD_DEFAULTS), chunkBytes, DOWNLOAD_DEFAULTS);
const depth = (rate: number | undefined, chunkBytes: number, roundTrip?: number): number =>
  depthLimit(rate, windowSpan(roundTrip, DOWNLOAD_DEFAULTS), chunkBytes, DOWNLOAD_DEFAULTS);

describe('windows', () => {
  it('are the measured 12 to 16 chunks at 50 Mbit/s and 64 KiB', () => {
    expect(limit(50 * MBIT, 64 * KIB, 1)).toBe(14);
    expect(depth((50 * MBIT) / 16, 64 * KIB, 1)).toBe(2);
  });

  it('do not fall below the least number of chunks on a slow link', () => {
    expect([limit(5 * MBIT, 64 * KIB), limit(0, 64 * KIB)]).toEqual([14, 14]);
    expect([depth(5 * MBIT, 64 * KIB), depth(undefined, 64 * KIB)]).toEqual([2, 2]);
  });

  it('have a lower least number for large chunks', () => {
    const sizes = [256, 350, 512, 2_048];
    expect(sizes.map((size) => limit(0, size * KIB))).toEqual([14, 11, 10, 10]);
  });

  it('follow the rate', () => {
    expect(limit(1_000 * MBIT, 64 * KIB)).toBe(58);
    expect(depth(1_000 * MBIT, 64 * KIB)).toBe(58);
    expect(limit(10_000 * MBIT, 1 * MIB)).toBe(36);
  });

  it('follow the round trip, but not for ever', () => {
    expect(windowSpan(1, DOWNLOAD_DEFAULTS)).toBe(30);
    expect(windowSpan(100, DOWNLOAD_DEFAULTS)).toBe(400);
    expect(windowSpan(10_000, DOWNLOAD_DEFAULTS)).toBe(1_000);
    expect(limit(50 * MBIT, 64 * KIB, 100)).toBe(39);
  });

  it('are bounded in bytes for large chunks and in number for tiny ones', () => {
    const loopback = 1_000_000;
    expect(limit(loopback, 8 * MIB)).toBe(8);
    expect(limit(loopback, 64 * MIB)).toBe(2);
    expect(limit(loopback, 1 * KIB)).toBe(4_096);
    expect(depth(loopback, 1 * KIB)).toBe(1_024);
  });
});
