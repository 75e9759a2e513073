import { describe, expect, it } from '@jest/globals';
import { KIB, MIB } from '#core';
import { reportOf, World, type Report } from '#simulation';
import { planOf, SCENARIO_DEFAULTS, type ScenarioOptions } from '../../tools/simulate/scenario.js';

const MBIT = 125_000;

/** 256 chunks of 64 KiB over 50 Mbit/s unless said otherwise: `npm run simulate` with the same options gives the same numbers. */
const simulated = (options: Partial<ScenarioOptions>): Report => {
  const world = new World(planOf({ ...SCENARIO_DEFAULTS, size: 16 * MIB, chunk: 64 * KIB, ...options }));
  world.run();
  return reportOf(world);
};

interface Limits {
  /** Slowest healthy peer over the fluid bound. */
  readonly slowest: number;
  /** Bytes that the seeders sent, over the file. */
  readonly seeder?: number;
  /** Wasted bytes over needed bytes. */
  readonly waste?: number;
  /** Bytes over the links between racks, over the file. */
  readonly far?: number;
}

/** With few chunks the last ones weigh much: the limits are those of so few, not what a large file reaches. */
const SCENARIOS: readonly [string, Partial<ScenarioOptions>, Limits][] = [
  ['8 equal links', { peers: 8 }, { slowest: 1.06, seeder: 1.06 }],
  ['16 equal links', {}, { slowest: 1.12, seeder: 1.1 }],
  ['32 equal links', { peers: 32, size: 12 * MIB }, { slowest: 1.19, seeder: 1.19 }],
  ['100 equal links', { peers: 100, size: 4 * MIB }, { slowest: 1.75, seeder: 1.75 }],
  ['a seeder twice as fast', { seederUp: 100 * MBIT }, { slowest: 1.1 }],
  ['two seeders', { seeders: 2, size: 32 * MIB }, { slowest: 1.06, seeder: 1.9, waste: 0.01 }],
  ['four seeders', { seeders: 4, size: 32 * MIB }, { slowest: 1.07, seeder: 2.8, waste: 0.01 }],
  ['a resume from half', { resume: 0.5 }, { slowest: 1.08, seeder: 0.55 }],
  ['one in ten at a tenth of the rate', { peers: 20, slow: 0.1 }, { slowest: 1.14 }],
  ['one in ten killed', { peers: 20, kill: 0.1 }, { slowest: 1.13, seeder: 1.12 }],
  ['one in ten silent', { peers: 20, freeze: 0.1 }, { slowest: 1.24 }],
  ['one in ten slow and one in ten killed', { peers: 20, slow: 0.1, kill: 0.1 }, { slowest: 1.15 }],
  ['one in ten lying', { peers: 20, liars: 0.1 }, { slowest: 1.3 }],
  ['one arrival a second', { peers: 10, arrivals: 1_000 }, { slowest: 1.05 }],
  ['downlinks twice as fast as uplinks', { peers: 8, down: 100 * MBIT }, { slowest: 1.06, seeder: 1.06 }],
  ['5 Mbit/s', { peers: 8, up: 5 * MBIT }, { slowest: 1.06 }],
  ['1 Gbit/s', { peers: 8, up: 1_000 * MBIT, size: 64 * MIB, chunk: 128 * KIB }, { slowest: 1.08 }],
  [
    '10 Gbit/s',
    { peers: 8, up: 10_000 * MBIT, size: 512 * MIB, chunk: MIB, latency: 0.05 },
    { slowest: 1.08 },
  ],
  ['10 ms one way', { peers: 8, latency: 10 }, { slowest: 1.12 }],
  ['100 ms one way', { peers: 4, latency: 100, size: 128 * MIB, chunk: 256 * KIB }, { slowest: 1.11 }],
  ['0.5 % loss', { peers: 8, loss: 0.005 }, { slowest: 1.07 }],
  ['two racks of 8', { racks: 2, size: 32 * MIB }, { slowest: 1.1, far: 1.1 }],
  ['two racks of 12', { racks: 2, peers: 24 }, { slowest: 1.37, far: 1.3 }],
];

describe('a swarm is near what its links allow with', () => {
  it.each(SCENARIOS)('%s', (_name, options, limits) => {
    const report = simulated(options);
    expect(report.unfinished).toBe(0);
    expect(report.slowest).toBeGreaterThanOrEqual(1);
    expect(report.slowest).toBeLessThan(limits.slowest);
    expect(report.waste).toBeLessThan(limits.waste ?? 0.02);
    expect(report.seederShare).toBeLessThan(limits.seeder ?? Infinity);
    expect(report.farShare).toBeLessThan(limits.far ?? Infinity);
  });
});

describe('a simulation', () => {
  it('is the same for the same seed, and another one for another', () => {
    const options = { peers: 6, size: 4 * MIB, kill: 0.2, loss: 0.01 };
    expect(simulated(options)).toEqual(simulated(options));
    expect(simulated(options).events).not.toBe(simulated({ ...options, seed: 2 }).events);
  });

  it('says that it takes no more messages a peer in a larger swarm', () => {
    const small = simulated({ peers: 40, size: 2 * MIB });
    const large = simulated({ peers: 120, size: 2 * MIB });
    expect(large.messagesPerPeer / small.messagesPerPeer).toBeLessThan(1.15);
    expect(large.anchorAsked).toBeLessThan(2 * 120);
  });
});
