import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { DistributionOptions, RowState } from '#contracts';
import type { FileId } from '#core';
import { boundariesOf, planOf } from './distribution-plan.js';

const facts = (options: Partial<DistributionOptions>) => ({
  ...{ fileId: 'f'.repeat(64) as FileId, name: 'music.txt', version: 1, size: 5, force: false },
  options: { priority: 5, successShare: 1, retries: 3, retryDelayMs: 1, follow: false, ...options },
});
const standing = (
  targets: number,
  options: Partial<DistributionOptions>,
  counts: Partial<Record<RowState, number>> = {},
  retrying = 0,
) => {
  const rest = targets - Object.values(counts).reduce((sum, count) => sum + count, 0);
  const none = { waiting: 0, commanded: 0, downloading: 0, done: 0, failed: 0, cancelled: 0, offline: 0 };
  const all = { ...none, ...counts, waiting: (counts.waiting ?? 0) + rest };
  return { facts: facts(options), targets, counts: all, retrying, createdAt: 100 };
};

describe('the boundaries of waves', () => {
  it.each([
    [[], 20, [20]],
    [[1, '10%'], 20, [1, 2, 20]],
    [[1, '10%'], 5, [1, 5]],
    [['7%'], 100, [7, 100]],
    [[5, 3, '1%'], 10, [5, 10]],
    [[50], 10, [10]],
    [['100%'], 10, [10]],
  ])('of %j among %d are %j', (waves, targets, expected) => {
    expect(boundariesOf(waves, targets)).toEqual(expected);
  });
});

describe('a plan', () => {
  const waves = { waves: [1, '20%'] };
  it.each([
    ['starts all at once', standing(10, {}), { room: 10, wave: 1, waves: 1 }],
    ['starts so many at a time', standing(10, { concurrency: 3 }, { downloading: 2 }), { room: 1 }],
    ['starts the first wave', standing(10, waves), { room: 1, wave: 1, waves: 3 }],
    ['waits for the first wave', standing(10, waves, { downloading: 1 }), { room: 0, wave: 1 }],
    ['opens the next when it is done', standing(10, waves, { done: 1 }), { room: 1, wave: 2, boundary: 2 }],
    ['opens the last', standing(10, waves, { done: 2 }), { room: 8, wave: 3 }],
    ['passes over who is not here', standing(10, waves, { offline: 4 }), { room: 1, wave: 1 }],
    ['makes room for who tries again', standing(10, waves, { waiting: 1 }, 1), { room: 1 }],
    ['does not wait for start', standing(10, {}), { notBefore: 100 }],
    ['waits for its start', standing(10, { startAt: 900 }), { notBefore: 900 }],
  ])('%s', (_what, distribution, expected) => {
    expect(planOf(distribution)).toMatchObject(expected);
    expect(planOf(distribution).giveUp).toBeUndefined();
  });

  it.each([
    [
      'a wave cannot reach its share',
      standing(10, { waves: [2] }, { failed: 1, done: 1 }),
      /cannot be reached/,
    ],
    ['too many failed', standing(10, { abortShare: 0.3 }, { failed: 3 }), /share of 0.3/],
    [
      'too many of the wave failed',
      standing(100, { waves: [10], successShare: 0.5, abortShare: 0.2 }, { failed: 2 }),
      /2 of the first 10/,
    ],
  ])('gives up when %s', (_what, distribution, reason) => {
    expect(planOf(distribution).giveUp).toMatch(reason);
  });

  it.each([
    ['the share can still be reached', standing(10, { waves: [4], successShare: 0.5 }, { failed: 2 })],
    ['fewer failed than the limit', standing(10, { abortShare: 0.3 }, { failed: 2 })],
    ['all was said to be tried', standing(10, {}, { failed: 9 })],
  ])('goes on when %s', (_what, distribution) => {
    expect(planOf(distribution).giveUp).toBeUndefined();
  });

  it('brings every distribution to its end, within its limits', () => {
    const options = fc.record({
      waves: fc.array(fc.oneof(fc.integer({ min: 1, max: 12 }), fc.constantFrom('10%', '50%')), {
        maxLength: 3,
      }),
      successShare: fc.constantFrom(0.2, 0.5, 0.9, 1),
      concurrency: fc.integer({ min: 1, max: 12 }),
      abortShare: fc.option(fc.constantFrom(0.1, 0.5, 1), { nil: undefined }),
    });
    const ends = fc.array(fc.constantFrom('done', 'failed', 'offline'), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(options, ends, (chosen, outcomes) => {
        const counts = { done: 0, failed: 0, offline: 0, downloading: 0 };
        let wave = 0;
        for (const [at, outcome] of outcomes.entries()) {
          let plan = planOf(standing(outcomes.length, chosen, counts));
          while (plan.giveUp === undefined && plan.room > 0) {
            counts.downloading++;
            expect(counts.downloading).toBeLessThanOrEqual(chosen.concurrency);
            expect(counts.downloading + counts.done + counts.failed).toBeLessThanOrEqual(plan.boundary);
            plan = planOf(standing(outcomes.length, chosen, counts));
          }
          expect(plan.wave).toBeGreaterThanOrEqual(wave);
          wave = plan.wave;
          if (plan.giveUp !== undefined) return;
          // Nothing is due and nothing runs: then all are settled or away.
          if (counts.downloading === 0) {
            expect(counts.done + counts.failed + counts.offline).toBe(outcomes.length);
            return;
          }
          expect(at).toBeLessThan(outcomes.length);
          counts.downloading--;
          counts[outcome]++;
        }
      }),
      { numRuns: 500 },
    );
  });
});
