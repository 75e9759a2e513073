import { describe, expect, it } from '@jest/globals';
import { ANY } from './decision.js';
import { deliver, drawn, sketched, words } from './test-support/sketch.js';

describe('a granting seeder (R2)', () => {
  it('is asked for any chunk, two at a time', () => {
    expect(words(sketched({ have: '    ', granting: ['s'] }).decide(0))).toEqual(['s<any', 's<any']);
  });

  it('is not asked for more than is missing', () => {
    expect(words(sketched({ have: '*** ', granting: ['s'] }).decide(0))).toEqual(['s<any']);
  });

  it('chooses the chunk, which is then asked of nobody else', () => {
    const swarm = sketched({ have: '    ', granting: ['s'] });
    swarm.decide(0);
    expect(swarm.chunkBegan('s', 2, 5)).toBe('wanted');
    swarm.addSource('b', { has: drawn('  * '), granting: false }, 6);
    expect(swarm.decide(6)).toEqual([]);
    expect(swarm.chunkArrived('s', 2, 7)).toBe('wanted');
    expect(words(swarm.decide(7))).toContain('s<any');
    swarm.checkInvariants();
  });

  it('may send the whole chunk at once', () => {
    const swarm = sketched({ have: '  ', granting: ['s'] });
    swarm.decide(0);
    expect([swarm.chunkArrived('s', 1, 5), swarm.chunkArrived('s', 0, 6)]).toEqual(['wanted', 'wanted']);
    expect(swarm.chunkArrived('s', 0, 7)).toBe('unasked');
    swarm.checkInvariants();
  });

  it('takes the place of a request to someone who has not begun', () => {
    const swarm = sketched({ have: '    ', sources: { b: '*   ' }, granting: ['s'] });
    expect(words(swarm.decide(0))).toContain('b<0');
    swarm.chunkBegan('s', 0, 5);
    expect(words(swarm.decide(5))).toContain('b!0');
    swarm.checkInvariants();
  });

  it('is told to stop when it grants what is here already', () => {
    const swarm = sketched({ have: '*   ', granting: ['s'] });
    swarm.decide(0);
    expect(swarm.chunkBegan('s', 0, 5)).toBe('duplicate');
    swarm.bytesArrived('s', 65_536, 6);
    expect(swarm.chunkArrived('s', 0, 6)).toBe('duplicate');
    expect(words(swarm.decide(6))).toEqual(['s!0', 's<any']);
    expect(swarm.tally.wastedBytes).toBe(65_536);
    swarm.checkInvariants();
  });

  it('is told to stop when it grants what another has begun to send', () => {
    const swarm = sketched({ have: '        ', granting: ['s', 't'] });
    swarm.decide(0);
    expect(swarm.chunkBegan('s', 3, 1)).toBe('wanted');
    expect(swarm.chunkBegan('t', 3, 2)).toBe('duplicate');
    expect(words(swarm.decide(2))).toContain('t!3');
    swarm.checkInvariants();
  });

  it('may send what is here already once, and not again', () => {
    const swarm = sketched({ have: '* ', granting: ['s'] });
    swarm.decide(0);
    expect(swarm.chunkBegan('s', 0, 1)).toBe('duplicate');
    swarm.chunkDiscarded('s', 0);
    expect(swarm.chunkBegan('s', 0, 2)).toBe('unasked');
    swarm.checkInvariants();
  });

  it('may say NONE without ending the need: it is asked again, later and later', () => {
    const swarm = sketched({ have: '    ', granting: ['s'] });
    const gaps: number[] = [];
    let asked = 0;
    for (let now = 0; now < 20_000; now += 50) {
      const anys = words(swarm.decide(now)).filter((word) => word === 's<any').length;
      if (anys > 0) gaps.push(now - asked);
      if (anys > 0) asked = now;
      for (let any = 0; any < anys; any++) swarm.noneToGrant('s', now);
    }
    expect(gaps).toEqual([0, 1_000, 2_000, 4_000, 8_000]);
    swarm.checkInvariants();
  });

  it('is asked again at once when it grants after all', () => {
    const swarm = sketched({ have: '    ', granting: ['s'] });
    expect(swarm.decide(0)).toHaveLength(2);
    swarm.noneToGrant('s', 1);
    expect(swarm.decide(1)).toEqual([]);
    deliver(swarm, 's', 2, 100);
    expect(words(swarm.decide(100))).toContain('s<any');
  });

  it('treats a refused ANY as a NONE', () => {
    const swarm = sketched({ have: '    ', granting: ['s'] });
    swarm.decide(0);
    swarm.chunkRefused('s', ANY, 1);
    expect(words(swarm.decide(1))).toEqual([]);
    swarm.checkInvariants();
  });

  it('is an ordinary source after its BITFIELD (R3)', () => {
    const swarm = sketched({ have: '    ', granting: ['s'] });
    swarm.decide(0);
    swarm.sourceBitfield('s', { has: drawn('****'), granting: false }, 5);
    swarm.noneToGrant('s', 6);
    swarm.noneToGrant('s', 6);
    expect(words(swarm.decide(6)).every((word) => /^s<\d$/.test(word))).toBe(true);
    swarm.checkInvariants();
  });

  it('is asked by number when only some chunks are wanted: it has them all', () => {
    const swarm = sketched({ have: '    ', wanted: ' *  ', granting: ['s'] });
    expect(words(swarm.decide(0))).toEqual(['s<1']);
    deliver(swarm, 's', 1, 5);
    expect(swarm.isComplete).toBe(true);
  });

  it('gets a deeper window when it is fast', () => {
    const swarm = sketched({ have: ' '.repeat(3_000), granting: ['s'] });
    let next = 0;
    let open = 0;
    for (let now = 0; now < 400; now++) {
      open += words(swarm.decide(now)).length;
      for (; open > 0 && next < now * 5; open--) deliver(swarm, 's', next++, now);
    }
    expect(open).toBeGreaterThan(50);
    swarm.checkInvariants();
  });

  it('does not fill the whole window, however fast it is, while others have what is missing', () => {
    const swarm = sketched({ have: ' '.repeat(3_000), granting: ['s'] });
    let next = 0;
    let open = 0;
    const asked: string[] = [];
    for (let now = 0; now < 300; now++) {
      const decided = words(swarm.decide(now));
      asked.push(...decided);
      open += decided.filter((word) => word === 's<any').length;
      for (; open > 0 && next < now * 5; open--) deliver(swarm, 's', next++, now);
      const has = drawn(' '.repeat(2_000) + '*'.repeat(1_000));
      if (now === 200) swarm.addSource('b', { has, granting: false }, now);
    }
    expect(asked.filter((word) => word.startsWith('b<')).length).toBeGreaterThanOrEqual(2);
    swarm.checkInvariants();
  });

  it('leaves the books right when it goes with requests open', () => {
    const swarm = sketched({ have: '    ', granting: ['s'] });
    swarm.decide(0);
    swarm.chunkBegan('s', 1, 1);
    swarm.bytesArrived('s', 500, 1);
    swarm.removeSource('s', 2);
    swarm.checkInvariants();
    expect(swarm.tally.wasted.lost).toBe(500);
  });
});
