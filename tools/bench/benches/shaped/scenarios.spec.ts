import { describe, expect, it } from '@jest/globals';
import { fullScenarios, killsOf, quickScenarios } from './scenarios.js';

const named = (name: string) => {
  const found = fullScenarios().find((scenario) => scenario.name === name);
  if (found === undefined) throw new Error(name);
  return found;
};

describe('the scenarios', () => {
  it('have names of their own', () => {
    const names = [...fullScenarios(), ...quickScenarios()].map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  it('have a sender that is never slow', () => {
    for (const { slow = [] } of fullScenarios()) expect(slow).not.toContain(0);
  });

  it('kill the same hosts for every tool of a turn, and others in the next', () => {
    const scenario = named('n16-slow-killed');
    expect(killsOf(scenario, 3)).toEqual(killsOf(scenario, 3));
    const turns = [0, 1, 2, 3, 4].map((turn) => JSON.stringify(killsOf(scenario, turn)));
    expect(new Set(turns).size).toBeGreaterThan(1);
  });

  it('kill different receivers, none of them slow, before they can be done', () => {
    const scenario = named('n16-slow-killed');
    for (let turn = 0; turn < 50; turn++) {
      const kills = killsOf(scenario, turn);
      expect(new Set(kills.map(({ host }) => host)).size).toBe(2);
      for (const { host, share } of kills) {
        expect([0, ...(scenario.slow ?? [])]).not.toContain(host);
        expect(share).toBeLessThan(0.95);
      }
    }
  });
});
