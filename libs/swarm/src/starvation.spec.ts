import { describe, expect, it } from '@jest/globals';
import type { DownloadSwarm } from './download-swarm.js';
import { deliver, drawn, sketched, words } from './test-support/sketch.js';

const seeks = (swarm: DownloadSwarm, from: number, to: number): number[] => {
  const times: number[] = [];
  for (let now = from; now <= to; now += 50) if (words(swarm.decide(now)).includes('seek')) times.push(now);
  return times;
};
const FOUR = { a: '* ', b: '* ', c: '* ', d: '* ' };

describe('sources are sought', () => {
  it('soon and every second while there is none', () => {
    const swarm = sketched({ have: '  ' });
    expect(seeks(swarm, 0, 2_600)).toEqual([300, 1_300, 2_300]);
    expect(swarm.nextDecisionAt(2_600)).toBe(3_300);
  });

  it('when nobody has what is missing', () => {
    const swarm = sketched({ have: '* ', sources: FOUR });
    expect(seeks(swarm, 0, 1_400)).toEqual([300, 1_300]);
  });

  it('less and less often while they are few but bring something', () => {
    const swarm = sketched({ have: ' '.repeat(2_000), sources: { a: '*'.repeat(2_000) } });
    const times: number[] = [];
    const open: number[] = [];
    for (let now = 0; now < 25_000; now += 50) {
      for (const word of words(swarm.decide(now))) {
        if (word === 'seek') times.push(now);
        else open.push(Number(word.slice(2)));
      }
      deliver(swarm, 'a', open.shift() as number, now);
    }
    expect(times).toEqual([1_000, 3_000, 7_000, 15_000]);
  });

  it('not while there are enough and something moves', () => {
    const four = Object.fromEntries(Object.keys(FOUR).map((id) => [id, '**']));
    const swarm = sketched({ have: '  ', sources: four });
    expect(seeks(swarm, 0, 1_500)).toEqual([]);
  });

  it('not any more once the need is over', () => {
    const swarm = sketched({ have: '  ' });
    expect(seeks(swarm, 0, 400)).toEqual([300]);
    for (const id of ['a', 'b', 'c', 'd']) swarm.addSource(id, { has: drawn('**'), granting: false }, 450);
    expect(seeks(swarm, 450, 1_800)).toEqual([]);
  });

  it('not more than once a second, however often the need comes and goes', () => {
    const swarm = sketched({ have: '  ' });
    const times: number[] = [];
    for (let now = 0; now <= 4_000; now += 50) {
      if (now % 400 === 350) swarm.addSource('a', { has: drawn('**'), granting: false }, now);
      if (now % 400 === 0) swarm.removeSource('a', now);
      if (words(swarm.decide(now)).includes('seek')) times.push(now);
    }
    const gaps = times.slice(1).map((time, index) => time - (times[index] as number));
    expect(times.length).toBeGreaterThan(1);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(1_000);
  });

  it('when all that is open stands still', () => {
    const four = Object.fromEntries(Object.keys(FOUR).map((id) => [id, '**']));
    const swarm = sketched({ have: '  ', sources: four });
    expect(seeks(swarm, 0, 4_000).length).toBeGreaterThan(0);
  });
});
