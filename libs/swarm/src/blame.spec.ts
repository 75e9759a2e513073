import { describe, expect, it } from '@jest/globals';
import { Blame } from './blame.js';
import { DOWNLOAD_DEFAULTS } from './settings.js';
import { deliver, drawn, sketched, words } from './test-support/sketch.js';

const CHUNKS = 400;
const all = '*'.repeat(CHUNKS);
const fresh = (): ReturnType<typeof sketched> =>
  sketched({
    have: ' '.repeat(CHUNKS),
    sources: { a: all },
    settings: { starvedAfterMs: 1e9, fewFirstMs: 1e9 },
  });
const askedNow = (swarm: ReturnType<typeof sketched>, now: number): number[] =>
  words(swarm.decide(now))
    .filter((word) => word.startsWith('a<'))
    .map((word) => Number(word.slice(2)));
const sendWrong = (swarm: ReturnType<typeof sketched>, chunk: number, now: number): void => {
  swarm.chunkArrived('a', chunk, now);
  swarm.chunkRejected('a', chunk, now);
};

describe('wrong bytes', () => {
  it('once: parole, one chunk at a time, and never that chunk from there again', () => {
    const swarm = fresh();
    const [bad = -1, other = -1] = askedNow(swarm, 0);
    sendWrong(swarm, bad, 1);
    expect(words(swarm.decide(1))).toEqual([`a!${bad}`]);
    deliver(swarm, 'a', other, 2);
    const seen: number[] = [];
    while (seen.length < DOWNLOAD_DEFAULTS.paroleChunks - 2) {
      const now = 3 + seen.length;
      const open = askedNow(swarm, now);
      expect(open.length).toBeLessThanOrEqual(1);
      for (const chunk of open) deliver(swarm, 'a', chunk, now);
      seen.push(...open);
    }
    expect(seen).not.toContain(bad);
    swarm.sourceHas('a', [{ start: 0, end: CHUNKS }], 40);
    swarm.sourceBitfield('a', { has: drawn(all), granting: false }, 40);
    expect(askedNow(swarm, 40)).not.toContain(bad);
    expect(swarm.tally.wasted.rejected).toBe(65_536);
    swarm.checkInvariants();
  });

  it('puts the chunk back for others', () => {
    const swarm = fresh();
    const [bad = -1] = askedNow(swarm, 0);
    sendWrong(swarm, bad, 1);
    const rest = [...all].map((_, chunk) => (chunk === bad ? '*' : ' ')).join('');
    swarm.addSource('b', { has: drawn(rest), granting: false }, 2);
    expect(words(swarm.decide(2))).toContain(`b<${bad}`);
  });

  it('takes other requests back when parole begins', () => {
    const swarm = fresh();
    for (let now = 0; now < 10; now++)
      for (const chunk of askedNow(swarm, now)) deliver(swarm, 'a', chunk, now);
    const open = askedNow(swarm, 10);
    expect(open.length).toBeGreaterThan(2);
    sendWrong(swarm, open[0] as number, 11);
    const said = words(swarm.decide(11));
    expect(said.filter((word) => word.startsWith('a!'))).toHaveLength(open.length - 1);
    swarm.checkInvariants();
  });

  it('ends parole after enough good chunks', () => {
    const swarm = fresh();
    const [bad = -1, ...rest] = askedNow(swarm, 0);
    sendWrong(swarm, bad, 1);
    let open = rest;
    for (let now = 2; now < 40 && open.length < 2; now++) {
      for (const chunk of open) deliver(swarm, 'a', chunk, now);
      open = askedNow(swarm, now);
    }
    expect(open.length).toBeGreaterThanOrEqual(2);
    expect(swarm.have.count).toBeGreaterThanOrEqual(DOWNLOAD_DEFAULTS.paroleChunks);
  });

  it('twice: closed and banned for a random time, and again as long as the ban lasts', () => {
    const swarm = fresh();
    const [bad = -1, worse = -1] = askedNow(swarm, 0);
    sendWrong(swarm, bad, 1);
    sendWrong(swarm, worse, 2);
    const close = swarm.decide(5).find((decision) => decision.kind === 'close');
    expect(close).toMatchObject({ source: 'a', reason: 'wrong bytes' });
    const banMs = close?.kind === 'close' ? close.banMs : 0;
    expect(banMs).toBeGreaterThanOrEqual(120_000);
    expect(banMs).toBeLessThanOrEqual(600_000);
    expect(swarm.sourceCount).toBe(0);
    swarm.addSource('a', { has: drawn(all), granting: false }, 1_000);
    expect(words(swarm.decide(1_000))).toContain('a#banned for wrong bytes');
    swarm.addSource('a', { has: drawn(all), granting: false }, 700_000);
    expect(askedNow(swarm, 700_000)).toHaveLength(1);
    swarm.checkInvariants();
  });

  it('is remembered over a new connection, and blamed on one that left', () => {
    const swarm = fresh();
    const [bad = -1, next = -1] = askedNow(swarm, 0);
    swarm.chunkArrived('a', bad, 1);
    swarm.chunkArrived('a', next, 1);
    swarm.removeSource('a', 2);
    swarm.chunkRejected('a', bad, 3);
    swarm.addSource('a', { has: drawn(all), granting: false }, 4);
    expect(askedNow(swarm, 4)).toHaveLength(1);
    swarm.chunkRejected('a', next, 5);
    expect(words(swarm.decide(5))).toContain('a#wrong bytes');
    swarm.checkInvariants();
  });

  it('is not believed about a chunk that did not come from there', () => {
    const swarm = fresh();
    askedNow(swarm, 0);
    swarm.chunkRejected('a', 59, 1);
    expect(words(swarm.decide(1))).toEqual([]);
    swarm.checkInvariants();
  });
});

describe('Blame', () => {
  it('remembers a bounded number of offenders', () => {
    const blame = new Blame({ ...DOWNLOAD_DEFAULTS, offendersMax: 3 }, () => 0);
    for (const id of ['a', 'b', 'c', 'd']) blame.wrongChunk(id, 0);
    expect(['a', 'b', 'c', 'd'].map((id) => blame.isOnParole(id))).toEqual([false, true, true, true]);
  });

  it('draws the ban from the whole range', () => {
    const bans = [0, 0.5, 0.999].map((draw) => {
      const blame = new Blame(DOWNLOAD_DEFAULTS, () => draw);
      blame.wrongChunk('a', 0);
      return blame.wrongChunk('a', 0);
    });
    expect(bans).toEqual([120_000, 360_000, 599_520]);
  });
});
