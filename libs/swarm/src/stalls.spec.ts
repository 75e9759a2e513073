import { describe, expect, it } from '@jest/globals';
import type { DownloadSwarm } from './download-swarm.js';
import { deliver, drawn, sketched, words } from './test-support/sketch.js';

/** All decisions from one time to another, each with its time, called as the engine does. */
const timeline = (swarm: DownloadSwarm, from: number, to: number): string[] => {
  const said: string[] = [];
  for (let now = from; now <= to;) {
    for (const word of words(swarm.decide(now))) said.push(`${Math.round(now)} ${word}`);
    swarm.checkInvariants();
    const next = swarm.nextDecisionAt(now);
    if (next === undefined) break;
    now = Math.max(next, now + 0.001);
  }
  return said;
};
const timeOf = (said: readonly string[], word: string): number =>
  Number(said.find((line) => line.endsWith(` ${word}`))?.split(' ')[0] ?? Infinity);

const QUIET_SEEK = { starvedAfterMs: 1e9, fewFirstMs: 1e9 };

describe('a silent source', () => {
  it('without history stalls after the default, once, and its chunk is asked elsewhere', () => {
    const swarm = sketched({ have: '  ', sources: { a: '* ' }, settings: QUIET_SEEK });
    swarm.decide(0);
    swarm.addSource('b', { has: drawn('* '), granting: false }, 1);
    const said = timeline(swarm, 1, 4_000).filter((line) => !line.endsWith('?0') || line.includes('a?0'));
    expect(said.filter((line) => line.endsWith('a?0'))).toHaveLength(1);
    expect(timeOf(said, 'a?0')).toBeGreaterThanOrEqual(2_065);
    expect(timeOf(said, 'a?0')).toBeLessThan(2_400);
    expect(timeOf(said, 'b<0')).toBe(timeOf(said, 'a?0'));
  });

  it('with history stalls soon after it gets slower than it ever was', () => {
    const swarm = sketched({
      have: ' '.repeat(400),
      sources: { a: '*'.repeat(400) },
      settings: { ...QUIET_SEEK, depthMax: 2 },
    });
    for (let now = 0; now < 1_000; now += 20) {
      const open = words(swarm.decide(now)).filter((word) => word.startsWith('a<'));
      for (const word of open) deliver(swarm, 'a', Number(word.slice(2)), now + 10);
    }
    const asked = words(swarm.decide(1_000)).filter((word) => word.startsWith('a<'));
    expect(asked.length).toBeGreaterThan(0);
    const stalled = timeline(swarm, 1_001, 3_000).filter((line) => line.includes('?'));
    expect(stalled).toHaveLength(asked.length);
    expect(Number(stalled[0]?.split(' ')[0])).toBeLessThan(1_900);
    expect(Number(stalled[0]?.split(' ')[0])).toBeGreaterThanOrEqual(1_500);
  });

  it('loses the race: when the other brings the chunk, it is told to stop', () => {
    const swarm = sketched({ have: '  ', sources: { a: '* ' }, settings: QUIET_SEEK });
    swarm.decide(0);
    swarm.addSource('b', { has: drawn('* '), granting: false }, 1);
    timeline(swarm, 1, 2_400);
    expect(swarm.chunkBegan('b', 0, 2_500)).toBe('wanted');
    expect(words(swarm.decide(2_500))).toEqual(['a!0']);
    expect(swarm.chunkArrived('b', 0, 2_600)).toBe('wanted');
    expect(swarm.chunkArrived('a', 0, 2_700)).toBe('duplicate');
    swarm.checkInvariants();
  });

  it('wins the race when it wakes up first, and is an ordinary source again', () => {
    const swarm = sketched({ have: '  ', sources: { a: '* ' }, settings: QUIET_SEEK });
    swarm.decide(0);
    swarm.addSource('b', { has: drawn('* '), granting: false }, 1);
    timeline(swarm, 1, 2_400);
    expect(swarm.chunkBegan('a', 0, 2_500)).toBe('wanted');
    expect(words(swarm.decide(2_500))).toEqual(['b!0']);
    swarm.chunkArrived('a', 0, 2_510);
    swarm.chunkVerified('a', 0, 2_510);
    swarm.sourceHas('a', [{ start: 1, end: 2 }], 2_520);
    expect(words(swarm.decide(2_520))).toEqual(['a<1']);
    expect(swarm.tally.wastedBytes).toBe(0);
    swarm.checkInvariants();
  });

  it('holds no place in the window', () => {
    const sources = { a: '*'.repeat(40), b: '*'.repeat(40) };
    const swarm = sketched({
      have: ' '.repeat(40),
      sources,
      settings: { ...QUIET_SEEK, openChunksMin: 4, smallChunksMin: 0, depthMin: 2, depthMax: 2 },
    });
    const open = words(swarm.decide(0)).filter((word) => word.startsWith('b<'));
    for (let now = 10; now < 3_000; now += 10) {
      const chunk = open.shift();
      if (chunk !== undefined) deliver(swarm, 'b', Number(chunk.slice(2)), now);
      open.push(...words(swarm.decide(now)).filter((word) => word.startsWith('b<')));
    }
    expect([swarm.have.count, swarm.isComplete]).toEqual([40, true]);
  });

  it('gets one chunk to try when it is the only one, and is closed after some tries', () => {
    const swarm = sketched({ have: '  ', sources: { a: '* ' }, settings: QUIET_SEEK });
    const said = timeline(swarm, 0, 300_000);
    expect(said[0]).toBe('0 a<0');
    expect(timeOf(said, 'a#silent')).toBeGreaterThan(30_000);
    expect(timeOf(said, 'a#silent')).toBeLessThan(35_000);
  });

  it('is closed in the end even though others always bring its chunks first', () => {
    const swarm = sketched({ have: ' '.repeat(200), sources: { a: '*'.repeat(200) }, settings: QUIET_SEEK });
    swarm.addSource('b', { has: drawn('*'.repeat(200)), granting: false }, 0);
    const open: number[] = [];
    const closed: number[] = [];
    for (let now = 0; now < 60_000 && closed.length === 0; now += 50) {
      for (const word of words(swarm.decide(now))) {
        if (word.startsWith('b<')) open.push(Number(word.slice(2)));
        if (word.startsWith('a#')) closed.push(now);
      }
      if (now % 500 === 0 && open.length > 0) deliver(swarm, 'b', open.shift() as number, now);
      swarm.checkInvariants();
    }
    expect(closed).toHaveLength(1);
  });

  it('is given much more time while it only owes grants: its queue may be everybody', () => {
    const swarm = sketched({ have: '  ', granting: ['s'], settings: QUIET_SEEK });
    const said = timeline(swarm, 0, 400_000);
    expect(timeOf(said, 's#silent')).toBeGreaterThan(300_000);
  });
});

describe('a source that trickles', () => {
  it('is late although bytes come, and is asked for nothing more until a chunk ends', () => {
    const have = ' '.repeat(400);
    const settings = { ...QUIET_SEEK, depthMax: 2 };
    const swarm = sketched({ have, sources: { a: '*'.repeat(400), b: '*'.repeat(400) }, settings });
    const said: string[] = [];
    let stuck = -1;
    for (let now = 0; now < 4_000; now += 20) {
      for (const word of words(swarm.decide(now))) {
        const chunk = Number(word.slice(2));
        if (!word.includes('<')) said.push(word);
        else if (stuck >= 0 && word.startsWith('a')) said.push(word);
        else if (word.startsWith('b') || now < 500) deliver(swarm, word[0] as string, chunk, now + 10);
        else swarm.chunkBegan('a', (stuck = chunk), now + 10);
      }
      if (stuck >= 0) swarm.bytesArrived('a', 1, now + 10);
    }
    expect(stuck).toBeGreaterThanOrEqual(0);
    expect(said).toContain(`a?${stuck}`);
    const after = said.slice(said.indexOf(`a?${stuck}`));
    expect(after.filter((word) => word.startsWith('a<'))).toEqual([]);
    expect(swarm.have.has(stuck)).toBe(true);
    swarm.checkInvariants();
  });

  it('is not late without history while its first large chunk flows', () => {
    const chunkBytes = 8_000_000;
    const swarm = sketched({ have: '  ', sources: { a: '* ', b: '* ' }, chunkBytes, settings: QUIET_SEEK });
    const [first] = words(swarm.decide(0));
    const source = first?.[0] as string;
    swarm.chunkBegan(source, 0, 100);
    const said: string[] = [];
    for (let now = 200; now < 60_000; now += 100) {
      swarm.bytesArrived(source, 12_500, now);
      said.push(...words(swarm.decide(now)));
    }
    expect(said.filter((word) => word.startsWith(`${source}?`))).toEqual([]);
  });

  it('pauses in the middle of a chunk: stalled after two seconds, however long its chunks take', () => {
    const swarm = sketched({
      have: '  ',
      sources: { a: '* ' },
      chunkBytes: 60_000_000,
      settings: QUIET_SEEK,
    });
    swarm.decide(0);
    swarm.chunkBegan('a', 0, 100);
    swarm.bytesArrived('a', 16_384, 200);
    const said = timeline(swarm, 200, 20_000);
    expect(timeOf(said, 'a?0')).toBeGreaterThanOrEqual(2_200);
    expect(timeOf(said, 'a?0')).toBeLessThan(2_600);
  });
});

describe('a slow link of our own', () => {
  it('does not make its sources late: deadlines wait until all that is open could have come', () => {
    const sources = { a: '*'.repeat(40), b: '*'.repeat(40), c: '*'.repeat(40) };
    const swarm = sketched({ have: ' '.repeat(40), sources, settings: QUIET_SEEK });
    const open: string[] = [];
    const stalled: string[] = [];
    // 65,536 bytes every 1.5 s over three sources: each waits 4.5 s for its turn.
    for (let now = 0; now < 30_000; now += 100) {
      for (const word of words(swarm.decide(now))) (word.includes('<') ? open : stalled).push(word);
      const due = now > 0 && now % 1_500 === 0 ? open.shift() : undefined;
      if (due !== undefined) deliver(swarm, due[0] as string, Number(due.slice(2)), now);
    }
    expect(stalled).toEqual([]);
  });
});

describe('a quick start on a slow link', () => {
  it('does not make the first source late while the others have not shown anything yet', () => {
    const sources = { a: '*'.repeat(40), b: '*'.repeat(40), c: '*'.repeat(40) };
    const swarm = sketched({ have: ' '.repeat(40), sources, settings: QUIET_SEEK });
    const open = words(swarm.decide(0)).filter((word) => word.startsWith('a<'));
    deliver(swarm, 'a', Number(open[0]?.slice(2)), 50);
    expect(timeOf(timeline(swarm, 51, 1_500), `a?${open[1]?.slice(2)}`)).toBe(Infinity);
  });
});

describe('refusals', () => {
  it('of a chunk that is not held: asked elsewhere, and there again only after a new HAVE', () => {
    const swarm = sketched({ have: ' ', sources: { a: '*' }, settings: QUIET_SEEK });
    swarm.decide(0);
    swarm.chunkRefused('a', 0, 1);
    expect(swarm.decide(1)).toEqual([]);
    swarm.sourceHas('a', [{ start: 0, end: 1 }], 2);
    expect(words(swarm.decide(2))).toEqual(['a<0']);
    swarm.checkInvariants();
  });

  it('because it is busy: left alone for a while', () => {
    const swarm = sketched({ have: ' ', sources: { a: '*' }, settings: QUIET_SEEK });
    swarm.decide(0);
    swarm.chunkRefused('a', 0, 1, 'busy');
    const said = timeline(swarm, 1, 1_500);
    expect(timeOf(said, 'a<0')).toBeGreaterThanOrEqual(1_001);
    expect(timeOf(said, 'a<0')).toBeLessThan(1_300);
  });

  it('of everything it announces: closed', () => {
    const swarm = sketched({ have: ' '.repeat(40), sources: { a: '*'.repeat(40) }, settings: QUIET_SEEK });
    const said: string[] = [];
    for (let now = 0; now < 2_000; now += 50) {
      for (const word of words(swarm.decide(now))) {
        said.push(word);
        if (word.startsWith('a<')) swarm.chunkRefused('a', Number(word.slice(2)), now);
      }
    }
    expect(said).toContain('a#refuses what it announces');
  });
});

describe("the receiver's own limit", () => {
  const rounds = (limit: number | undefined): string[] => {
    const have = ' '.repeat(2_000);
    const sources = { a: '*'.repeat(2_000), b: '*'.repeat(2_000) };
    const swarm = sketched({
      have,
      sources,
      settings: QUIET_SEEK,
      ...(limit === undefined ? {} : { limit }),
    });
    const open: [source: string, chunk: number][] = [];
    const said: string[] = [];
    const decide = (now: number): void => {
      for (const word of words(swarm.decide(now))) {
        if (word.includes('<')) open.push([word[0] as string, Number(word.slice(2))]);
        if (word.includes('?')) said.push(word);
      }
    };
    // At first it is as fast as can be; then 64 KiB a second are all that is read.
    for (let now = 0; now < 100; now += 10) {
      decide(now);
      for (const [source, chunk] of open.splice(0)) deliver(swarm, source, chunk, now + 5);
    }
    for (let now = 100; now < 30_000; now += 50) {
      decide(now);
      const next = now % 1_000 === 0 ? open.shift() : undefined;
      if (next !== undefined) deliver(swarm, ...next, now);
    }
    return said;
  };

  it('makes no source late', () => {
    expect(rounds(65_536)).toEqual([]);
  });

  it('is what makes the difference: without one it is late', () => {
    expect(rounds(undefined)[0]).toMatch(/^a\?/);
  });
});
