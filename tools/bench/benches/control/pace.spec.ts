import { describe, expect, it } from '@jest/globals';
import { atPace } from './pace.js';

describe('atPace', () => {
  it('does every work once, never more at once than allowed', async () => {
    const done: number[] = [];
    let running = 0;
    const times = await atPace([1, 2, 3, 4, 5, 6, 7], { atOnce: 3 }, async (item) => {
      expect(++running).toBeLessThanOrEqual(3);
      await new Promise((resolve) => setImmediate(resolve));
      running--;
      done.push(item);
    });
    expect(done.sort()).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(times).toHaveLength(7);
  });

  it('measures from when a work was due, not from when there was room for it', async () => {
    const slow = async (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));
    const times = await atPace([1, 2, 3], { atOnce: 1, perSecond: 1_000 }, slow);
    expect(Math.max(...times)).toBeGreaterThan(50);
  });

  it('fails when a work does', async () => {
    await expect(atPace([1], { atOnce: 1 }, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  });
});
