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

  /** Uploads that always have another piece to send, or downloads that always have more to read; bytes in a second. */
  const rush = async (
    priorities: readonly number[],
    act: (limited: RateGate, bytes: number, priority: number) => Promise<void> | undefined,
  ): Promise<number[]> => {
    const limited = gate(1_000_000);
    const got = priorities.map(() => 0);
    let over = false;
    priorities.forEach(async (priority, at) => {
      while (!over) {
        await act(limited, 10_000, priority);
        got[at] = (got[at] as number) + 10_000;
      }
    });
    await jest.advanceTimersByTimeAsync(2_000);
    over = true;
    limited.stop();
    return got;
  };
  const pay = (limited: RateGate, bytes: number, priority: number) => limited.pay(bytes, undefined, priority);
  const took = (limited: RateGate, bytes: number, priority: number) => limited.took(bytes, priority);

  it.each([
    ['pay first', pay],
    ['pay after', took],
  ])('shares the limit by weight among those who %s', async (_what, act) => {
    const [high, low] = (await rush([9, 5], act)) as [number, number];
    expect(high / low).toBeGreaterThan(3.4);
    expect(high / low).toBeLessThan(4.6);
    expect(Math.abs(high + low - 2_100_000)).toBeLessThan(50_000);
  });

  it.each([
    ['pay first', pay],
    ['pay after', took],
  ])('shares it equally among those of one priority who %s', async (_what, act) => {
    const got = await rush([5, 5, 5], act);
    for (const bytes of got) expect(Math.abs(bytes - 700_000)).toBeLessThan(40_000);
  });

  it('gives all of it to a lower one that is alone', async () => {
    const [bytes] = (await rush([0], took)) as [number];
    expect(Math.abs(bytes - 2_100_000)).toBeLessThan(50_000);
  });

  it('takes nothing for who has given up before', async () => {
    const limited = gate(100_000);
    const stop = new StopFlag();
    stop.raise();
    await limited.pay(1e9, stop);
    const log: string[] = [];
    order(limited, ['next'], 1, log);
    await jest.advanceTimersByTimeAsync(0);
    expect(log).toEqual(['next']);
  });

  it('lets go who gives up, without taking for it', async () => {
    const limited = gate(100_000);
    expect(limited.took(66_384)).toBeInstanceOf(Promise);
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
