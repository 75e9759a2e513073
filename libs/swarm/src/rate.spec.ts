import { describe, expect, it } from '@jest/globals';
import { RateMeter, SampleHistory, WeightedMean } from './rate.js';

describe('WeightedMean', () => {
  it('takes the first sample whole and later ones by weight', () => {
    const mean = new WeightedMean(0.2);
    expect(mean.value).toBeUndefined();
    mean.add(10);
    mean.add(20);
    expect(mean.value).toBe(12);
  });
});

describe('RateMeter', () => {
  const steady = (milliseconds: number): RateMeter => {
    const meter = new RateMeter(500);
    meter.start(0);
    for (let now = 10; now <= milliseconds; now += 10) meter.add(1_000, now);
    return meter;
  };

  it('is right for a steady rate from the start', () => {
    for (const time of [50, 200, 2_000]) expect(steady(time).at(time)).toBeGreaterThan(95);
    for (const time of [50, 200, 2_000]) expect(steady(time).at(time)).toBeLessThan(112);
  });

  it('fades in silence', () => {
    expect(steady(2_000).at(7_000)).toBeLessThan(0.1);
  });

  it('is 0 before anything came, and survives a clock that stands still', () => {
    const meter = new RateMeter(500);
    expect(meter.at(5)).toBe(0);
    meter.add(100, 5);
    meter.add(100, 5);
    expect(meter.at(5)).toBeGreaterThan(0);
    expect(meter.at(5)).toBeLessThanOrEqual(201);
  });
});

describe('SampleHistory', () => {
  it('knows the percentile of the last samples only', () => {
    const history = new SampleHistory(10);
    expect(history.percentile(0.9)).toBeUndefined();
    for (let sample = 1; sample <= 10; sample++) history.add(sample);
    expect([history.percentile(0), history.percentile(0.5), history.percentile(0.9)]).toEqual([1, 6, 10]);
    for (let sample = 0; sample < 10; sample++) history.add(100);
    expect([history.percentile(0), history.count]).toEqual([100, 10]);
  });
});
