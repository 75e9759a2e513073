import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { FileId } from '#core';
import type { EngineEvent } from '../control.js';
import { ENGINE_LIMITS } from '../engine-limits.js';
import { HeldReports } from './held-reports.js';

const FILE = 'a'.repeat(64) as FileId;
const { heldMs } = ENGINE_LIMITS;

describe('HeldReports', () => {
  let events: EngineEvent[];
  let reports: HeldReports;

  const told = (): unknown[] => events.map((event) => (event.kind === 'held' ? event.ranges : event.kind));

  beforeEach(() => {
    jest.useFakeTimers();
    events = [];
    reports = new HeldReports((event) => events.push(event), Date.now);
  });

  afterEach(() => {
    jest.useRealTimers();
  });

  it('tells the first chunk at once, those that follow together', () => {
    reports.add(FILE, 9, 3);
    jest.advanceTimersByTime(0);
    expect(told()).toEqual([[{ start: 3, end: 4 }]]);
    reports.add(FILE, 9, 4);
    jest.advanceTimersByTime(heldMs / 2);
    reports.add(FILE, 9, 5);
    jest.advanceTimersByTime(heldMs / 2 - 1);
    expect(told()).toHaveLength(1);
    jest.advanceTimersByTime(1);
    expect(told().slice(1)).toEqual([[{ start: 4, end: 6 }]]);
  });

  it('tells at once again after a pause', () => {
    reports.add(FILE, 9, 0);
    jest.advanceTimersByTime(2 * heldMs);
    reports.add(FILE, 9, 1);
    jest.advanceTimersByTime(0);
    expect(told()).toHaveLength(2);
  });

  it('tells what waits when it is flushed, and nothing of a file that was dropped', () => {
    reports.add(FILE, 9, 0);
    reports.flush();
    reports.flush();
    expect(told()).toHaveLength(1);
    reports.add(FILE, 9, 1);
    reports.drop(FILE);
    jest.advanceTimersByTime(2 * heldMs);
    expect(told()).toHaveLength(1);
  });
});
