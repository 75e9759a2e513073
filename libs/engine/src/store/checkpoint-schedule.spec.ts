import { describe, it, expect } from '@jest/globals';
import fc from 'fast-check';
import { CheckpointSchedule } from './checkpoint-schedule.js';

const limits = { milliseconds: 2_000, bytes: 1_000 };

describe('CheckpointSchedule', () => {
  it('wants nothing while nothing was written', () => {
    const schedule = new CheckpointSchedule(limits);
    expect(schedule.dueAt()).toBeUndefined();
    expect(schedule.isDue(1e9)).toBe(false);
  });

  it('is due 2 s after the first write that waits, however many follow', () => {
    const schedule = new CheckpointSchedule(limits);
    schedule.wrote(10, 5_000);
    schedule.wrote(10, 6_500);
    expect(schedule.dueAt()).toBe(7_000);
    expect(schedule.isDue(6_999)).toBe(false);
    expect(schedule.isDue(7_000)).toBe(true);
  });

  it('is due at once when enough bytes wait', () => {
    const schedule = new CheckpointSchedule(limits);
    schedule.wrote(999, 5_000);
    expect(schedule.isDue(5_000)).toBe(false);
    schedule.wrote(1, 5_001);
    expect(schedule.isDue(5_001)).toBe(true);
  });

  it('never overlaps, and counts what was written meanwhile for the next one', () => {
    const schedule = new CheckpointSchedule(limits);
    schedule.wrote(1_000, 0);
    schedule.started();
    schedule.wrote(5_000, 100);
    expect(schedule.isDue(10_000)).toBe(false);
    schedule.ended(true, 10_000);
    expect(schedule.isDue(10_000)).toBe(true);
  });

  it('has nothing to do after one that covered everything', () => {
    const schedule = new CheckpointSchedule(limits);
    schedule.wrote(1_000, 0);
    schedule.started();
    schedule.ended(true, 50);
    expect(schedule.dueAt()).toBeUndefined();
  });

  it('tries again after a failure, but not at once', () => {
    const schedule = new CheckpointSchedule(limits);
    schedule.wrote(10, 0);
    schedule.started();
    schedule.ended(false, 100);
    expect(schedule.dueAt()).toBe(2_100);
  });

  it('never leaves a write waiting for longer than its limit while checkpoints succeed at once', () => {
    const write = fc.record({ after: fc.nat(1_500), bytes: fc.integer({ min: 1, max: 600 }) });
    fc.assert(
      fc.property(fc.array(write, { maxLength: 40 }), (writes) => {
        const schedule = new CheckpointSchedule(limits);
        let now = 0;
        let oldest: number | undefined;
        let waiting = 0;
        for (const { after, bytes } of writes) {
          const due = schedule.dueAt();
          if (due !== undefined && due <= now + after) {
            schedule.started();
            schedule.ended(true, due);
            oldest = undefined;
            waiting = 0;
          }
          now += after;
          expect(now - (oldest ?? now)).toBeLessThan(limits.milliseconds);
          schedule.wrote(bytes, now);
          oldest ??= now;
          waiting += bytes;
          if (waiting >= limits.bytes) expect(schedule.isDue(now)).toBe(true);
        }
      }),
    );
  });
});
