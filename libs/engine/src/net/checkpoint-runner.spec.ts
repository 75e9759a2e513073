import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { ShoalError } from '#core';
import { CHECKPOINT_LIMITS } from '../store/checkpoint-schedule.js';
import type { ChunkStore } from '../store/store.js';
import { CheckpointRunner } from './checkpoint-runner.js';

describe('CheckpointRunner', () => {
  const { milliseconds, bytes } = CHECKPOINT_LIMITS;
  let checkpoint: jest.Mock<() => Promise<void>>;
  let givenUp: ShoalError[];
  let runner: CheckpointRunner;

  beforeEach(() => {
    jest.useFakeTimers();
    checkpoint = jest.fn(async () => undefined);
    givenUp = [];
    const store = { checkpoint } as unknown as ChunkStore;
    runner = new CheckpointRunner(
      store,
      () => Date.now(),
      (error) => givenUp.push(error),
    );
  });

  afterEach(() => {
    runner.stop();
    jest.useRealTimers();
  });

  it('runs some time after the first byte, or when many wait', async () => {
    runner.wrote(1);
    await jest.advanceTimersByTimeAsync(milliseconds - 1);
    expect(checkpoint).not.toHaveBeenCalled();
    await jest.advanceTimersByTimeAsync(1);
    expect(checkpoint).toHaveBeenCalledTimes(1);
    runner.wrote(bytes);
    await jest.advanceTimersByTimeAsync(1);
    expect(checkpoint).toHaveBeenCalledTimes(2);
    await jest.advanceTimersByTimeAsync(10 * milliseconds);
    expect(checkpoint).toHaveBeenCalledTimes(2);
  });

  it('never runs two at once', async () => {
    let end: () => void = () => undefined;
    checkpoint.mockImplementationOnce(() => new Promise((resolve) => (end = resolve)));
    runner.wrote(bytes);
    await jest.advanceTimersByTimeAsync(1);
    runner.wrote(bytes);
    await jest.advanceTimersByTimeAsync(10 * milliseconds);
    expect(checkpoint).toHaveBeenCalledTimes(1);
    end();
    await jest.advanceTimersByTimeAsync(1);
    expect(checkpoint).toHaveBeenCalledTimes(2);
  });

  it('gives the download up after failures in a row, not after one', async () => {
    checkpoint.mockRejectedValueOnce(new ShoalError('disk-failed', 'once'));
    runner.wrote(1);
    await jest.advanceTimersByTimeAsync(3 * milliseconds);
    expect(checkpoint).toHaveBeenCalledTimes(2);
    expect(givenUp).toEqual([]);
    checkpoint.mockRejectedValue(new ShoalError('disk-failed', 'for good'));
    runner.wrote(1);
    await jest.advanceTimersByTimeAsync(2 * milliseconds);
    expect(givenUp).toEqual([]);
    await jest.advanceTimersByTimeAsync(milliseconds);
    expect(givenUp).toMatchObject([{ message: 'for good' }]);
  });

  it('gives up at once when the part is gone, and runs nothing after stop', async () => {
    checkpoint.mockRejectedValueOnce(new ShoalError('file-changed', 'moved'));
    runner.wrote(1);
    await jest.advanceTimersByTimeAsync(milliseconds);
    expect(givenUp).toHaveLength(1);
    runner.stop();
    await jest.advanceTimersByTimeAsync(10 * milliseconds);
    expect(checkpoint).toHaveBeenCalledTimes(1);
  });
});
