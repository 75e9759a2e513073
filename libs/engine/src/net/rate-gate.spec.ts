import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { RateGate } from './rate-gate.js';
import { StopFlag } from './stop-flag.js';

describe('RateGate', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  const gate = (rate?: number): RateGate => new RateGate(() => Date.now(), rate);
  const order = (gates: RateGate, names: readonly string[], bytes: number, log: string[]): void => {
    for (const name of names) void gates.pay(bytes).then(() => log.push(name));
  };

  it('lets everybody pass at once without a rate', async () => {
    const log: string[] = [];
    order(gate(), ['a', 'b', 'c'], 1e9, log);
    await jest.advanceTimersByTimeAsync(0);
    expect(log).toEqual(['a', 'b', 'c']);
  });

  it('lets one after the other pass, in order, as fast as the rate allows', async () => {
    const log: string[] = [];
    const limited = gate(100_000);
    order(limited, ['a', 'b', 'c'], 50_000, log);
    await jest.advanceTimersByTimeAsync(0);
    expect(log).toEqual(['a']);
    await jest.advanceTimersByTimeAsync(340);
    expect(log).toEqual(['a', 'b']);
    await jest.advanceTimersByTimeAsync(500);
    expect(log).toEqual(['a', 'b', 'c']);
  });

  it('wakes who waits when the limit is lifted', async () => {
    const log: string[] = [];
    const limited = gate(10);
    order(limited, ['a', 'b'], 20_000, log);
    await jest.advanceTimersByTimeAsync(1_000);
    expect(log).toEqual(['a']);
    limited.setRate(undefined);
    await jest.advanceTimersByTimeAsync(0);
    expect(log).toEqual(['a', 'b']);
  });

  it('lets go who gives up, without taking for it', async () => {
    const limited = gate(100_000);
    expect(limited.took(66_384)).toBe(true);
    const stop = new StopFlag();
    const paid = limited.pay(1e9, stop);
    stop.raise();
    await paid;
    const log: string[] = [];
    order(limited, ['next'], 1, log);
    await jest.advanceTimersByTimeAsync(500);
    expect(log).toEqual(['next']);
  });
});
