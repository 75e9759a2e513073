import { describe, expect, it } from '@jest/globals';
import { reportOf, World } from '#simulation';
import { CASES } from './cases.js';
import { merged } from './keep.js';
import { cellsOf, resultOf, type CaseResult } from './results.js';
import { planOf, SCENARIO_DEFAULTS } from './scenario.js';

const reports = [1, 2, 3].map((seed) => {
  const world = new World(planOf({ ...SCENARIO_DEFAULTS, peers: 4, size: 1_048_576, chunk: 65_536, seed }));
  world.run();
  return reportOf(world);
});
const named = (name: string): CaseResult => resultOf({ name, title: 'some peers' }, 'simulate', reports);

describe('results', () => {
  it('are the median of the runs, with the least and the greatest where they differ', () => {
    const [head = [], row = []] = cellsOf([named('n8')]);
    expect(row).toHaveLength(head.length);
    expect(row.slice(0, 2)).toEqual(['n8', 'some peers']);
    const slowest = reports.map((report) => report.slowest).sort((a, b) => a - b);
    expect(row[2]).toBe(`${slowest[1]?.toFixed(3)} (${slowest[0]?.toFixed(3)}-${slowest[2]?.toFixed(3)})`);
    expect(row[head.indexOf('between racks / file')]).toBe('0.000');
    expect(row[head.indexOf('seeds')]).toBe('3');
  });

  it('are kept in the order of the cases: new ones replace old ones, and those of no case go', () => {
    const [first = { name: '' }, second = { name: '' }] = CASES;
    const old = { ...named(second.name), title: 'old' };
    const kept = merged([old, named('gone'), named(first.name)], [named(second.name)]);
    expect(kept.map(({ name, title }) => [name, title])).toEqual([
      [first.name, 'some peers'],
      [second.name, 'some peers'],
    ]);
  });
});
