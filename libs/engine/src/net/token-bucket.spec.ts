import { describe, expect, it } from '@jest/globals';
import { TokenBucket } from './token-bucket.js';

describe('TokenBucket', () => {
  it('keeps to the rate over time whatever the pieces', () => {
    for (const piece of [1_000, 16_384, 131_072]) {
      let now = 0;
      const bucket = new TokenBucket(() => now, 100_000);
      let taken = 0;
      while (now < 60_000) {
        const wait = bucket.take(piece);
        taken += piece;
        now += wait;
      }
      // The burst and the last piece are all that may be on top.
      expect(taken).toBeLessThanOrEqual((100_000 * now) / 1_000 + 16_384 + piece);
      expect(taken).toBeGreaterThan((100_000 * now) / 1_000 - piece);
    }
  });

  it('never waits without a rate', () => {
    const bucket = new TokenBucket(() => 0);
    expect(bucket.take(1e12)).toBe(0);
    expect(bucket.isLimited).toBe(false);
  });

  it('saves up no more than its burst', () => {
    let now = 0;
    const bucket = new TokenBucket(() => now, 1_000_000);
    now = 3_600_000;
    expect(bucket.take(100_000)).toBe(0);
    expect(bucket.take(100_000)).toBe(100);
  });

  it('can be changed while it runs', () => {
    const now = 0;
    const bucket = new TokenBucket(() => now, 1_000);
    expect(bucket.take(116_384)).toBe(100_000);
    bucket.setRate(1_000_000);
    expect(bucket.waitMs()).toBe(100);
    bucket.setRate(undefined);
    expect(bucket.waitMs()).toBe(0);
    bucket.setRate(1_000);
    expect(bucket.take(16_384)).toBe(0);
  });
});
