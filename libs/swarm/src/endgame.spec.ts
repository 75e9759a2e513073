import { describe, expect, it } from '@jest/globals';
import { deliver, drawn, sketched, words } from './test-support/sketch.js';

const CALM = { starvedAfterMs: 1e9, fewFirstMs: 1e9 };

describe('the endgame (R10)', () => {
  it('asks a second source, never a third, once all that is missing is asked', () => {
    const swarm = sketched({ have: '** ', sources: { a: '***', b: '***', c: '***' }, settings: CALM });
    expect(words(swarm.decide(0)).map((word) => word.slice(1))).toEqual(['<2', '<2']);
    expect(swarm.decide(1)).toEqual([]);
    swarm.checkInvariants();
  });

  it('does not begin while anything is still unasked', () => {
    const swarm = sketched({
      have: '    ',
      sources: { a: '****', b: '****' },
      settings: { ...CALM, depthMin: 1, depthMax: 1 },
    });
    const asked = words(swarm.decide(0)).map((word) => word.slice(2));
    expect([asked.length, new Set(asked).size]).toEqual([2, 2]);
  });

  it('does not begin while grants may still bring what nobody announces', () => {
    const swarm = sketched({
      have: '    ',
      sources: { a: '*   ', b: '*   ' },
      granting: ['s'],
      settings: CALM,
    });
    expect(words(swarm.decide(0)).filter((word) => word.endsWith('<0'))).toHaveLength(1);
  });

  it('cancels the copy that has not begun when the other begins', () => {
    const swarm = sketched({ have: ' ', sources: { a: '*', b: '*' }, settings: CALM });
    expect(words(swarm.decide(0)).sort()).toEqual(['a<0', 'b<0']);
    swarm.chunkBegan('b', 0, 5);
    expect(words(swarm.decide(5))).toEqual(['a!0']);
    expect(words(swarm.decide(6))).toEqual([]);
    deliver(swarm, 'b', 0, 7);
    expect([swarm.isComplete, swarm.tally.wastedBytes]).toEqual([true, 0]);
  });

  it('counts every byte once when a chunk comes in pieces', () => {
    const swarm = sketched({ have: ' ', sources: { a: '*', b: '*' }, settings: CALM });
    swarm.decide(0);
    swarm.chunkBegan('a', 0, 5);
    swarm.bytesArrived('a', 40_000, 6);
    swarm.removeSource('b', 6);
    swarm.addSource('b', { has: drawn('*'), granting: false }, 6);
    expect(swarm.chunkArrived('a', 0, 7)).toBe('wanted');
    swarm.chunkVerified('a', 0, 7);
    expect([swarm.isComplete, swarm.tally.verified, swarm.tally.arrived]).toEqual([true, 65_536, 65_536]);
    swarm.checkInvariants();
  });

  it('rescues a chunk from a source that is far slower than another', () => {
    const CHUNKS = 30;
    const all = '*'.repeat(CHUNKS);
    const swarm = sketched({ have: ' '.repeat(CHUNKS), sources: { slow: all, fast: all }, settings: CALM });
    const open: Record<string, number[]> = { slow: [], fast: [] };
    const said: string[] = [];
    let slowChunk = -1;
    for (let now = 0; now < 4_000 && !swarm.isComplete; now += 10) {
      for (const decision of swarm.decide(now)) {
        said.push(...words([decision]));
        if (decision.kind === 'request') open[decision.source]?.push(decision.chunk);
        if (decision.kind === 'cancel') {
          open[decision.source] = (open[decision.source] ?? []).filter((chunk) => chunk !== decision.chunk);
        }
      }
      const fast = open['fast']?.shift();
      if (fast !== undefined) deliver(swarm, 'fast', fast, now);
      const sending = open['slow']?.[0];
      if (sending === undefined || now < 20) continue;
      if (sending !== slowChunk) swarm.chunkBegan('slow', sending, now);
      slowChunk = sending;
      if (now % 1_000 !== 0) swarm.bytesArrived('slow', 600, now);
      else if (open['slow']?.shift() !== undefined) deliver(swarm, 'slow', sending, now);
    }
    expect(swarm.isComplete).toBe(true);
    expect(said.some((word) => word.startsWith('slow!'))).toBe(true);
    swarm.checkInvariants();
  });

  it('asks somebody else when who has begun falls silent, and looks although nothing happens', () => {
    const swarm = sketched({ have: '    ', sources: { a: '****', b: '****' }, settings: CALM });
    swarm.decide(0);
    for (const [chunk, source] of [
      [0, 'a'],
      [1, 'b'],
      [2, 'a'],
    ] as const) {
      if (swarm.isOpen(source, chunk)) deliver(swarm, source, chunk, 20);
      else deliver(swarm, source === 'a' ? 'b' : 'a', chunk, 20);
    }
    const holder = swarm.isOpen('a', 3) ? 'a' : 'b';
    swarm.chunkBegan(holder, 3, 25);
    swarm.bytesArrived(holder, 60_000, 30);
    expect(words(swarm.decide(30)).filter((word) => word.includes('<'))).toEqual([]);
    expect(swarm.nextDecisionAt(30)).toBe(55);
    expect(words(swarm.decide(55)).filter((word) => word.includes('<'))).toEqual([]);
    expect(words(swarm.decide(85)).filter((word) => word.includes('<'))).toEqual([
      `${holder === 'a' ? 'b' : 'a'}<3`,
    ]);
    swarm.checkInvariants();
  });

  it('does not count a copy whose source pauses', () => {
    const swarm = sketched({
      have: '      ',
      sources: { a: '******', b: '******', c: '      ' },
      settings: { ...CALM, depthMin: 8, depthMax: 8 },
    });
    swarm.decide(0);
    for (const chunk of [0, 1, 2, 3, 4]) deliver(swarm, chunk % 2 === 0 ? 'a' : 'b', chunk, 10 + chunk);
    swarm.decide(15);
    expect([swarm.isOpen('a', 5), swarm.isOpen('b', 5)]).toEqual([true, true]);
    swarm.sourceHas('c', [{ start: 5, end: 6 }], 20);
    expect(words(swarm.decide(60))).toEqual([]);
    expect(words(swarm.decide(130))).toEqual(['c<5']);
    swarm.checkInvariants();
  });

  it('looks at a bounded number of chunks in one round', () => {
    const all = '*'.repeat(100);
    const swarm = sketched({
      have: ' '.repeat(100),
      sources: { a: all },
      settings: { ...CALM, openChunksMin: 150, depthMin: 100, endgameLooks: 10 },
    });
    expect(swarm.decide(0)).toHaveLength(100);
    swarm.addSource('b', { has: drawn(all), granting: false }, 1);
    expect(swarm.decide(1)).toHaveLength(10);
  });
});
