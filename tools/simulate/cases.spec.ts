import { describe, expect, it } from '@jest/globals';
import { MIB } from '#core';
import { CASES, casesNamed, optionsOf, smallOptionsOf, type SimulationCase } from './cases.js';
import { planOf, SCENARIO_DEFAULTS } from './scenario.js';

describe('the cases', () => {
  it('have names of their own and make networks', () => {
    expect(new Set(CASES.map(({ name }) => name)).size).toBe(CASES.length);
    for (const one of CASES.filter(({ isLong }) => isLong !== true))
      expect(planOf({ ...SCENARIO_DEFAULTS, ...optionsOf(one) }).limit).toBeGreaterThan(0);
  });

  it('are smaller in the tests, and otherwise the same', () => {
    const one: SimulationCase = { name: 'a', title: 'b', options: { racks: 2, size: 64 * MIB } };
    expect(smallOptionsOf(one)).toMatchObject({ racks: 2, size: 16 * MIB });
    expect(smallOptionsOf({ ...one, small: { size: MIB, peers: 4 } })).toMatchObject({ size: MIB, peers: 4 });
  });
});

describe('casesNamed', () => {
  it('gives them in the order that was asked for', () => {
    expect(casesNamed(['n16', 'n8']).map(({ name }) => name)).toEqual(['n16', 'n8']);
  });

  it('leaves the long ones out of all', () => {
    const names = casesNamed(['all']).map(({ name }) => name);
    expect(names).toContain('n16-racks');
    expect(names).not.toContain('grow10000');
  });

  it('refuses a name that there is not', () => {
    expect(() => casesNamed(['n7'])).toThrow(expect.objectContaining({ code: 'bad-config' }));
  });
});
