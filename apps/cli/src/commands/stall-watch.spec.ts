import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { ShoalError } from '#core';
import { StallWatch } from './stall-watch.js';

describe('StallWatch', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });
  const watch = (limit: number | undefined) => {
    const stall = new StallWatch(limit, (silence) => new ShoalError('timeout', `${silence} ms`));
    let said = '';
    stall.tooLong.catch((error: ShoalError) => (said = error.message));
    return { stall, said: () => said };
  };

  it('counts from the last movement; the same bytes again are none', async () => {
    const { stall, said } = watch(1_000);
    stall.moved();
    await jest.advanceTimersByTimeAsync(900);
    stall.moved(5);
    await jest.advanceTimersByTimeAsync(900);
    stall.moved(5);
    expect(said()).toBe('');
    await jest.advanceTimersByTimeAsync(100);
    expect(said()).toBe('1000 ms');
  });

  it('never complains without a limit or after it was stopped', async () => {
    const endless = watch(undefined);
    const stopped = watch(1_000);
    endless.stall.moved();
    stopped.stall.moved();
    stopped.stall.stop();
    await jest.advanceTimersByTimeAsync(1_000_000);
    expect(endless.said() + stopped.said()).toBe('');
  });
});
