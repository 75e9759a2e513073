import { describe, expect, it } from '@jest/globals';
import { KIB, MIB } from '#core';
import { planOf, SCENARIO_DEFAULTS, type ScenarioOptions } from './scenario.js';

const plan = (options: Partial<ScenarioOptions>) => planOf({ ...SCENARIO_DEFAULTS, ...options });

describe('planOf', () => {
  it('cuts the file as a publisher would', () => {
    expect(plan({ size: 64 * MIB })).toMatchObject({ chunkCount: 1_024, chunkBytes: 64 * KIB });
    expect(plan({ size: 10, chunk: 4 })).toMatchObject({ chunkCount: 3, lastChunkBytes: 2 });
  });

  it('gives every trouble peers of its own', () => {
    const { peers } = plan({ peers: 40, slow: 0.1, kill: 0.1, freeze: 0.1, liars: 0.1 });
    const troubles = peers.map(
      ({ up = 0, diesAt, freezesAt, lies }) =>
        Number(up < 6_250) + Number(diesAt !== undefined) + Number(freezesAt !== undefined) + (lies ? 1 : 0),
    );
    expect(troubles.filter((count) => count === 1)).toHaveLength(16);
    expect(Math.max(...troubles)).toBe(1);
  });

  it('is the same for the same seed', () => {
    const options = { kill: 0.5, resume: 0.5 };
    expect(plan(options)).toEqual(plan(options));
    expect(plan(options)).not.toEqual(plan({ ...options, seed: 2 }));
  });

  it('spreads peers over racks and arrivals over time', () => {
    const { peers, far } = plan({ peers: 4, racks: 2, arrivals: 1_000, latency: 5 });
    expect(peers.map(({ rack }) => rack)).toEqual([0, 1, 0, 1]);
    expect(peers.map(({ joinsAt }) => joinsAt)).toEqual([0, 1_000, 2_000, 3_000]);
    expect(far).toEqual({ rate: 12_500, latency: 5 });
  });

  it.each<Partial<ScenarioOptions>>([
    { peers: 0 },
    { peers: 1.5 },
    { seeders: 0 },
    { slow: 1 },
    { loss: Number.NaN },
    { slow: 0.5, kill: 0.5 },
    { up: 0 },
  ])('refuses %j', (options) => {
    expect(() => plan(options)).toThrow(expect.objectContaining({ code: 'bad-config' }));
  });
});
