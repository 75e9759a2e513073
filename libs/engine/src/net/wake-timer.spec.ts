import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { WakeTimer } from './wake-timer.js';

describe('WakeTimer', () => {
  let woken: number[];
  let timer: WakeTimer;
  beforeEach(() => {
    jest.useFakeTimers({ now: 0 });
    woken = [];
    timer = new WakeTimer(() => void woken.push(Date.now()), Date.now);
  });
  afterEach(() => {
    timer.stop();
    jest.useRealTimers();
  });

  it('wakes at the earliest moment asked for, once', () => {
    timer.at(50);
    timer.at(20);
    timer.at(undefined);
    timer.at(70);
    jest.advanceTimersByTime(100);
    expect(woken).toEqual([20]);
  });

  it('wakes again for what is asked while it wakes', () => {
    timer = new WakeTimer(() => {
      woken.push(Date.now());
      if (woken.length === 1) timer.at(45);
    }, Date.now);
    timer.at(10);
    jest.advanceTimersByTime(100);
    expect(woken).toEqual([10, 45]);
  });

  it('lets a millisecond pass for a moment that is over, and keeps quiet when stopped', () => {
    timer.at(-5);
    jest.advanceTimersByTime(1);
    expect(woken).toEqual([1]);
    timer.at(10);
    timer.stop();
    jest.advanceTimersByTime(100);
    expect(woken).toEqual([1]);
  });
});
