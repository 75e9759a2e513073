import { describe, expect, it } from '@jest/globals';
import { seededRandom } from '#core';
import {
  deliver,
  drawn,
  drawing,
  sketched,
  SKETCH_CHUNK,
  words,
  type Sketch,
} from './test-support/sketch.js';

const ONE_EACH = { depthMin: 1, depthMax: 1, copiesMax: 1 };
/** The chunks asked of a source over many seeds. */
const askedOf = (source: string, sketch: Sketch): number[] => {
  const chunks = new Set<number>();
  for (let seed = 0; seed < 40; seed++) {
    for (const decision of sketched({ ...sketch, random: seededRandom(seed) }).decide(0)) {
      if (decision.kind === 'request' && decision.source === source) chunks.add(decision.chunk);
    }
  }
  return [...chunks].sort((a, b) => a - b);
};

describe('what is asked first (R4: the rarest)', () => {
  it.each([
    // have, availability, chunks that may be asked of a0 (who has all that somebody has)
    ['    ', '2111', [1, 2, 3]],
    ['* * ', '2110', [1]],
    ['    ', '3210', [2]],
    [' *  ', '2122', [0, 2, 3]],
    ['****', '1111', []],
    ['    ', '0000', []],
    ['   *', '0001', []],
  ])('have "%s", availability "%s": %j', (have, availability, expected) => {
    expect(
      askedOf('a0', { have, availability, settings: { ...ONE_EACH, openChunksMin: 1, smallChunksMin: 0 } }),
    ).toEqual(expected.length === 0 ? [] : expected);
  });

  it('asks a holder of common chunks for those, rather than for nothing', () => {
    expect(
      askedOf('poor', { have: '    ', sources: { rich: '****', poor: '*   ' }, settings: ONE_EACH }),
    ).toEqual([0]);
  });

  it('asks only for what is wanted', () => {
    expect(askedOf('a', { have: '    ', wanted: ' ** ', sources: { a: '****' } })).toEqual([1, 2]);
  });

  it('is told apart: a HAVE of what is missing here is news, another one is not', () => {
    const swarm = sketched({ have: '*   ', sources: { a: '    ' } });
    expect(swarm.sourceHas('a', [{ start: 0, end: 1 }], 0)).toBe(false);
    expect(swarm.sourceHas('nobody', [{ start: 1, end: 2 }], 0)).toBe(false);
    expect(swarm.sourceHas('a', [{ start: 0, end: 2 }], 0)).toBe(true);
    expect(words(swarm.decide(0))).toEqual(['a<1']);
  });

  it('asks nobody twice for a chunk that is asked already', () => {
    const swarm = sketched({ have: '  ', sources: { a: '**', b: '**' }, settings: { copiesMax: 1 } });
    expect(
      words(swarm.decide(0))
        .map((word) => word.slice(2))
        .sort(),
    ).toEqual(['0', '1']);
    expect(swarm.decide(1)).toEqual([]);
  });

  it('keeps two open at a source and no more than the window in all', () => {
    const sources = { a: '*'.repeat(40), b: '*'.repeat(40), c: '*'.repeat(40) };
    const asked = words(sketched({ have: ' '.repeat(40), sources }).decide(0));
    expect(
      asked
        .map((word) => word[0])
        .sort()
        .join(''),
    ).toBe('aabbcc');
    const narrow = sketched({
      have: ' '.repeat(40),
      sources,
      settings: { openChunksMin: 5, smallChunksMin: 0 },
    }).decide(0);
    expect(narrow).toHaveLength(5);
  });

  it('asks for what a HAVE announces', () => {
    const swarm = sketched({ have: '    ', sources: { a: '    ' } });
    expect(swarm.decide(0)).toEqual([]);
    swarm.sourceHas('a', [{ start: 1, end: 3 }], 1);
    expect(words(swarm.decide(1)).sort()).toEqual(['a<1', 'a<2']);
  });

  it('takes a BITFIELD for all that is known', () => {
    const swarm = sketched({ have: '    ', sources: { a: '**  ' }, settings: { depthMin: 1, depthMax: 1 } });
    swarm.sourceBitfield('a', { has: drawn('   *'), granting: false }, 1);
    expect(words(swarm.decide(1))).toEqual(['a<3']);
  });
});

describe('whom is asked (R5: the least expected queue time)', () => {
  const CHUNKS = 400;
  const all = '*'.repeat(CHUNKS);
  /** `fast` ends a chunk every 10 ms, `slow` one every 100 ms. */
  const warmed = (): ReturnType<typeof sketched> => {
    const swarm = sketched({ have: ' '.repeat(CHUNKS), sources: { fast: all, slow: all } });
    const open: Record<string, number[]> = { fast: [], slow: [] };
    for (let now = 1; now <= 1_001; now += 10) {
      for (const decision of swarm.decide(now)) {
        if (decision.kind === 'request') open[decision.source]?.push(decision.chunk);
      }
      for (const id of now % 100 === 1 && now > 1 ? ['fast', 'slow'] : ['fast']) {
        const chunk = open[id]?.shift();
        if (chunk !== undefined) deliver(swarm, id, chunk, now);
      }
    }
    return swarm;
  };

  it('prefers the faster source, in proportion', () => {
    const swarm = warmed();
    const asked = words(swarm.decide(1_010)).map((word) => word.split('<')[0]);
    expect(asked.filter((id) => id === 'fast').length).toBeGreaterThan(0);
    expect(swarm.rateOf('fast')).toBeGreaterThan(5 * swarm.rateOf('slow'));
    expect(swarm.rateOf('fast')).toBeGreaterThan(0.8 * SKETCH_CHUNK * 100);
    expect(swarm.rateOf('nobody')).toBe(0);
  });

  it('keeps one chunk at a source that is far slower than the best, two or more at the best', () => {
    const swarm = warmed();
    swarm.decide(1_010);
    const open = { fast: 0, slow: 0 };
    for (let chunk = 0; chunk < CHUNKS; chunk++) {
      for (const id of ['fast', 'slow'] as const) if (swarm.isOpen(id, chunk)) open[id]++;
    }
    expect([open.slow, open.fast > 1]).toEqual([1, true]);
  });

  it('asks a slow source for more when nobody faster has what is missing', () => {
    const swarm = warmed();
    swarm.decide(1_010);
    swarm.sourceBitfield('fast', { has: drawn(' '.repeat(CHUNKS)), granting: false }, 1_020);
    for (let chunk = 0; chunk < CHUNKS; chunk++)
      if (swarm.isOpen('fast', chunk)) swarm.chunkRefused('fast', chunk, 1_020);
    expect(words(swarm.decide(1_030)).filter((word) => word.startsWith('slow<')).length).toBeGreaterThan(0);
  });

  it('gives a newcomer its first chunks at once', () => {
    const swarm = warmed();
    swarm.addSource('new', { has: drawn(all), granting: false }, 1_010);
    expect(words(swarm.decide(1_010)).some((word) => word.startsWith('new<'))).toBe(true);
  });

  it('does not care who is complete', () => {
    const times = { whole: 0, part: 0 };
    for (let seed = 0; seed < 60; seed++) {
      const swarm = sketched({
        have: '  ',
        sources: { whole: '**', part: '* ' },
        settings: { openChunksMin: 1, smallChunksMin: 0 },
        random: seededRandom(seed),
      });
      const [first] = swarm.decide(0);
      if (first?.kind === 'request') times[first.source as 'whole' | 'part']++;
    }
    expect(Math.min(times.whole, times.part)).toBeGreaterThan(10);
  });
});

describe('a source that goes (R11)', () => {
  it('gives its requests back at once, and its chunks count no longer', () => {
    const swarm = sketched({ have: '  ', sources: { a: '**' }, settings: { copiesMax: 1 } });
    expect(swarm.decide(0)).toHaveLength(2);
    swarm.addSource('b', { has: drawn('**'), granting: false }, 1);
    swarm.removeSource('a', 2);
    expect(words(swarm.decide(2)).sort()).toEqual(['b<0', 'b<1']);
    swarm.checkInvariants();
  });

  it('is nobody any more: late facts about it change nothing', () => {
    const swarm = sketched({ have: '  ', sources: { a: '**' } });
    swarm.decide(0);
    swarm.removeSource('a', 1);
    swarm.sourceHas('a', [{ start: 0, end: 2 }], 2);
    swarm.bytesArrived('a', 10, 2);
    expect([swarm.chunkBegan('a', 0, 2), swarm.chunkArrived('a', 0, 2)]).toEqual(['unasked', 'unasked']);
    swarm.chunkRefused('a', 0, 2);
    swarm.noneToGrant('a', 2);
    expect(swarm.decide(2)).toEqual([]);
    swarm.checkInvariants();
  });

  it('may have delivered a chunk that is verified after it left', () => {
    const swarm = sketched({ have: '  ', sources: { a: '**' } });
    swarm.decide(0);
    expect(swarm.chunkArrived('a', 1, 5)).toBe('wanted');
    swarm.removeSource('a', 6);
    swarm.chunkVerified('a', 1, 7);
    expect(drawing(swarm.have)).toBe(' *');
    swarm.checkInvariants();
  });
});

describe('what comes', () => {
  it('is wanted when it was asked for, a violation when it was not', () => {
    const swarm = sketched({ have: '   ', sources: { a: '** ' } });
    swarm.decide(0);
    expect(swarm.chunkBegan('a', 0, 1)).toBe('wanted');
    expect(swarm.chunkArrived('a', 0, 2)).toBe('wanted');
    expect([swarm.chunkBegan('a', 2, 3), swarm.chunkArrived('a', 2, 4)]).toEqual(['unasked', 'unasked']);
    expect(swarm.chunkArrived('a', 0, 5)).toBe('unasked');
    swarm.checkInvariants();
  });

  it('completes the download when the last wanted chunk is verified, not before', () => {
    const swarm = sketched({ have: '*   ', wanted: '**  ', sources: { a: '****' } });
    expect(words(swarm.decide(0))).toEqual(['a<1']);
    swarm.chunkArrived('a', 1, 1);
    expect([swarm.isComplete, swarm.missing]).toEqual([false, 1]);
    swarm.chunkVerified('a', 1, 2);
    expect([swarm.isComplete, swarm.missing, drawing(swarm.have)]).toEqual([true, 0, '**  ']);
    expect([swarm.decide(3), swarm.nextDecisionAt(3)]).toEqual([[], undefined]);
  });

  it('may also be verified without having come from a source', () => {
    const swarm = sketched({ have: '  ', sources: { a: '* ' } });
    swarm.decide(0);
    swarm.chunkVerified('disk', 0, 1);
    swarm.chunkVerified('disk', 1, 1);
    expect([words(swarm.decide(1)), swarm.isComplete]).toEqual([['a!0'], true]);
    swarm.checkInvariants();
  });

  it('is nothing to do for an empty file', () => {
    const swarm = sketched({ have: '' });
    expect([swarm.isComplete, swarm.decide(0), swarm.nextDecisionAt(0)]).toEqual([true, [], undefined]);
  });

  it('is never believed about chunks that do not exist', () => {
    const swarm = sketched({ have: '  ', sources: { a: '  ' } });
    for (const range of [
      { start: 0, end: 3 },
      { start: -1, end: 1 },
      { start: 2, end: 1 },
      { start: 0.5, end: 1 },
    ]) {
      expect(() => swarm.sourceHas('a', [range], 1)).toThrow(
        expect.objectContaining({ code: 'chunk-out-of-range' }),
      );
    }
    expect(() => swarm.addSource('b', { has: drawn('***'), granting: false }, 1)).toThrow(
      expect.objectContaining({ code: 'bad-size' }),
    );
    swarm.checkInvariants();
  });
});
