import { describe, expect, it } from '@jest/globals';
import { HoldTrial } from './hold-trial.js';
import { UPLOAD_DEFAULTS } from './settings.js';

const SPAN = 250;

describe('HoldTrial', () => {
  /** Asks every 10 ms; bytes a millisecond that are acknowledged while free, while holding. The share of time that it held. */
  const held = (trial: HoldTrial, free: number, holding: number, from = 0, forMs = 60_000): number => {
    let acknowledged = 0;
    let times = 0;
    for (let now = from; now < from + forMs; now += 10) {
      const holds = trial.mayHold(now, acknowledged, SPAN);
      if (holds) times++;
      acknowledged += 10 * (holds ? holding : free);
    }
    return times / (forMs / 10);
  };

  it('holds, but for a look now and then, while as much is acknowledged', () => {
    expect(held(new HoldTrial(UPLOAD_DEFAULTS), 6_000, 5_800)).toBeGreaterThan(0.85);
  });

  it('holds only to try it while that costs something', () => {
    expect(held(new HoldTrial(UPLOAD_DEFAULTS), 6_000, 1_200)).toBeLessThan(0.07);
  });

  it('finds out when that changes', () => {
    const trial = new HoldTrial(UPLOAD_DEFAULTS);
    held(trial, 6_000, 1_200);
    expect(held(trial, 6_000, 6_000, 60_000)).toBeGreaterThan(0.8);
    expect(held(trial, 6_000, 1_200, 120_000)).toBeLessThan(0.1);
  });

  it('looks first, also after nobody asked for long', () => {
    const trial = new HoldTrial(UPLOAD_DEFAULTS);
    expect(trial.mayHold(0, 0, SPAN)).toBe(false);
    expect(trial.mayHold(SPAN, 1_000, SPAN)).toBe(true);
    expect(trial.mayHold(10 * SPAN, 2_000, SPAN)).toBe(false);
  });
});
