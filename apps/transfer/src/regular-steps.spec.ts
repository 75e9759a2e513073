import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Step } from './ports.js';
import { RegularSteps } from './regular-steps.js';

describe('regular steps', () => {
  const asked: string[] = [];
  const troubles: string[] = [];
  let isAway = false;
  const steps = {
    repeat: async ({ kind }: Step): Promise<void> => {
      if (isAway) throw new Error('away');
      asked.push(kind);
    },
  };
  const regular = new RegularSteps(steps, (_step, { message }) => troubles.push(message));
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => {
    regular.stop();
    jest.useRealTimers();
  });

  it('are asked for again and again, also after Redis was away, until they are stopped', async () => {
    await regular.start();
    const once = [...asked];
    expect(new Set(once).size).toBe(once.length);
    isAway = true;
    await jest.advanceTimersByTimeAsync(30_000);
    expect(troubles).toEqual(['away']);
    isAway = false;
    await jest.advanceTimersByTimeAsync(30_000);
    expect(asked).toEqual([...once, ...once]);
    regular.stop();
    await jest.advanceTimersByTimeAsync(90_000);
    expect(asked).toHaveLength(2 * once.length);
  });
});
