import { describe, expect, it } from '@jest/globals';
import { KIB, MIB } from '#core';
import { reportOf, World, type Report } from '#simulation';
import { CASES, smallOptionsOf } from '../../tools/simulate/cases.js';
import { planOf, SCENARIO_DEFAULTS, type ScenarioOptions } from '../../tools/simulate/scenario.js';

const simulated = (options: Partial<ScenarioOptions>): Report => {
  const world = new World(planOf({ ...SCENARIO_DEFAULTS, ...options }));
  world.run();
  return reportOf(world);
};

describe('a swarm is near what its links allow', () => {
  it.each(CASES.filter(({ limits }) => limits !== undefined))('$name: $title', (one) => {
    const { slowest, seeder = Infinity, waste = 0.02, far = Infinity } = one.limits ?? { slowest: 0 };
    const report = simulated(smallOptionsOf(one));
    expect(report.unfinished).toBe(0);
    expect(report.slowest).toBeGreaterThanOrEqual(1);
    expect(report.slowest).toBeLessThan(slowest);
    expect(report.waste).toBeLessThan(waste);
    expect(report.seederShare).toBeLessThan(seeder);
    expect(report.farShare).toBeLessThan(far);
  });
});

describe('a simulation', () => {
  it('is the same for the same seed, and another one for another', () => {
    const options = { peers: 6, size: 4 * MIB, chunk: 64 * KIB, kill: 0.2, loss: 0.01 };
    expect(simulated(options)).toEqual(simulated(options));
    expect(simulated(options).events).not.toBe(simulated({ ...options, seed: 2 }).events);
  });

  it('says that it takes no more messages a peer in a larger swarm', () => {
    const small = simulated({ peers: 40, size: 2 * MIB, chunk: 64 * KIB });
    const large = simulated({ peers: 120, size: 2 * MIB, chunk: 64 * KIB });
    expect(large.messagesPerPeer / small.messagesPerPeer).toBeLessThan(1.15);
    expect(large.anchorAsked).toBeLessThan(2 * 120);
  });
});
