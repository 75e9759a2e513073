import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ANY } from './decision.js';
import type { UploadSettings } from './settings.js';
import { UploadQueue } from './upload-queue.js';

const KB = 1_000;
const queue = (
  settings: Partial<UploadSettings> = {},
  bytes = 64 * KB,
  priorityOf = (_conn: string): number => 5,
): UploadQueue =>
  new UploadQueue({
    chunkBytes: () => bytes,
    priorityOf,
    settings: { unacknowledgedStart: 4 * bytes, unacknowledgedChunksMin: 1, ...settings },
  });
const starts = (uploads: UploadQueue, now = 0): string[] =>
  uploads.next(now).map(({ conn, chunk }) => `${conn}:${chunk === ANY ? 'any' : chunk}`);

describe('UploadQueue', () => {
  it('starts no more than the budget and goes on with every acknowledgement', () => {
    const uploads = queue();
    for (const conn of ['a', 'b', 'c', 'd', 'e']) uploads.request(conn, 'f', 0);
    expect(starts(uploads)).toEqual(['a:0', 'b:0', 'c:0', 'd:0']);
    expect(starts(uploads)).toEqual([]);
    uploads.acknowledged('b', 'f', 0);
    expect(starts(uploads, 10)).toEqual(['e:0']);
    uploads.checkInvariants();
  });

  it('lets connections take turns, whoever asked most and first', () => {
    const uploads = queue({ unacknowledgedStart: 2 * 64 * KB, coverMs: 10 });
    for (let chunk = 0; chunk < 6; chunk++) uploads.request('greedy', 'f', chunk);
    uploads.request('b', 'f', 0);
    uploads.request('c', 'f', 0);
    expect(starts(uploads)).toEqual(['greedy:0', 'b:0']);
    uploads.acknowledged('greedy', 'f', 0);
    expect(starts(uploads, 10)).toEqual(['c:0']);
    uploads.acknowledged('b', 'f', 0);
    expect(starts(uploads, 20)).toEqual(['greedy:1']);
  });

  it('serves its own rack first, and one far downloader after three near ones', () => {
    const uploads = new UploadQueue({
      chunkBytes: () => KB,
      isNear: (conn) => conn.startsWith('near'),
      settings: { unacknowledgedStart: 100 * KB },
    });
    for (let chunk = 0; chunk < 2; chunk++) {
      for (const conn of ['far1', 'far2', 'near1', 'near2', 'near3']) uploads.request(conn, 'f', chunk);
    }
    expect(starts(uploads).map((start) => start.split(':')[0])).toEqual([
      ...['near1', 'near2', 'near3', 'far1', 'near1', 'near2', 'near3', 'far2', 'far1', 'far2'],
    ]);
    uploads.checkInvariants();
  });

  it('comes to the far downloader although there is no room for another chunk after each', () => {
    const uploads = new UploadQueue({
      chunkBytes: () => 64 * KB,
      isNear: (conn) => conn === 'near',
      settings: { unacknowledgedStart: 65 * KB, unacknowledgedChunksMin: 1, coverMs: 1 },
    });
    for (let chunk = 0; chunk < 9; chunk++) uploads.request('near', 'f', chunk);
    uploads.request('far', 'f', 9);
    const served: string[] = [];
    for (let now = 0; now < 500; now += 100) {
      const [send] = uploads.next(now);
      served.push(send?.conn ?? 'nobody');
      if (send !== undefined) uploads.acknowledged(send.conn, 'f', send.chunk);
    }
    expect(served).toEqual(['near', 'near', 'near', 'far', 'near']);
    uploads.checkInvariants();
  });

  it('gives one connection all the room that nobody else wants', () => {
    const uploads = queue();
    for (let chunk = 0; chunk < 6; chunk++) uploads.request('a', 'f', chunk);
    expect(starts(uploads)).toEqual(['a:0', 'a:1', 'a:2', 'a:3']);
  });

  it('keeps at least the least number of chunks under way, however large they are', () => {
    const uploads = queue({ unacknowledgedChunksMin: 2 }, 64_000 * KB);
    for (const conn of ['a', 'b', 'c']) uploads.request(conn, 'f', 0);
    expect(starts(uploads)).toEqual(['a:0', 'b:0']);
  });

  it('follows the measured rate: more at once on a fast link, never more than the cap', () => {
    const mostAtOnce = (acknowledgedEachMs: number): number => {
      const uploads = queue({ coverMs: 100, unacknowledgedMax: 500 * KB }, KB);
      const under: number[] = [];
      let most = 0;
      for (let now = 0; now < 300; now++) {
        for (const chunk of under.splice(0, acknowledgedEachMs)) uploads.acknowledged('a', 'f', chunk);
        for (let chunk = now * 20; chunk < now * 20 + 20; chunk++) uploads.request('a', 'f', chunk);
        under.push(...uploads.next(now).map(({ chunk }) => chunk));
        most = Math.max(most, uploads.unacknowledgedBytes);
      }
      return most / KB;
    };
    expect(mostAtOnce(1)).toBeLessThan(260);
    expect(mostAtOnce(1)).toBeGreaterThan(90);
    expect(mostAtOnce(3)).toBeGreaterThan(290);
    expect(mostAtOnce(10)).toBe(500);
  });

  it('does not take a link for slow because little is asked for', () => {
    const uploads = queue({ coverMs: 100, unprovenPerConnection: 10_000 }, KB);
    const ask = (from: number, count: number): void => {
      for (let chunk = from; chunk < from + count; chunk++) uploads.request('a', 'f', chunk);
    };
    ask(0, 2_000);
    const started: number[] = [];
    for (let now = 0; now < 100; now++) {
      started.push(...uploads.next(now).map(({ chunk }) => chunk));
      for (const chunk of started.splice(0, 10)) uploads.acknowledged('a', 'f', chunk);
    }
    uploads.closed('a');
    for (let now = 200; now < 1_200; now += 10) {
      ask(now * 10, 1);
      uploads.next(now);
      uploads.acknowledged('a', 'f', now * 10);
      uploads.next(now + 5);
    }
    ask(50_000, 1_000);
    expect(uploads.next(2_000).length).toBeGreaterThan(500);
  });

  it('takes back what waits, and frees the room of what is being sent', () => {
    const uploads = queue({ unacknowledgedStart: 64 * KB });
    uploads.request('a', 'f', 0);
    uploads.request('a', 'f', 1);
    uploads.request('b', 'f', 7);
    expect(starts(uploads)).toEqual(['a:0']);
    uploads.cancel('a', 'f', 1);
    uploads.cancel('a', 'f', 0);
    expect(starts(uploads)).toEqual(['b:7']);
    uploads.checkInvariants();
  });

  it('forgets a closed connection and a closed file', () => {
    const uploads = queue();
    uploads.request('a', 'f', 0);
    uploads.request('b', 'g', 0);
    starts(uploads);
    uploads.request('a', 'g', 1);
    uploads.request('b', 'f', 2);
    uploads.closed('a');
    uploads.closeFile('g');
    expect(starts(uploads)).toEqual(['b:2']);
    expect([uploads.waiting, uploads.unacknowledgedBytes]).toEqual([0, 64 * KB]);
    uploads.checkInvariants();
  });

  it('answers a repeated request as a duplicate', () => {
    const uploads = queue();
    expect(uploads.request('a', 'f', 0)).toBe('queued');
    expect(uploads.request('a', 'f', 0)).toBe('duplicate');
    starts(uploads);
    expect(uploads.request('a', 'f', 0)).toBe('duplicate');
    uploads.acknowledged('a', 'f', 0);
    expect(uploads.request('a', 'f', 0)).toBe('queued');
  });

  it('refuses what is over the caps of one connection', () => {
    const uploads = queue({ queuedPerConnection: 3, anyPerConnection: 2 });
    expect([ANY, ANY, ANY, 1, 2].map((chunk) => uploads.request('liar', 'f', chunk))).toEqual([
      'queued',
      'queued',
      'refused',
      'queued',
      'refused',
    ]);
    expect(uploads.request('honest', 'f', ANY)).toBe('queued');
  });

  it('gives a collector that acknowledges nothing only a few chunks', () => {
    const uploads = queue({ unacknowledgedChunksMin: 20, unprovenPerConnection: 3 });
    for (let chunk = 0; chunk < 10; chunk++) uploads.request('liar', 'f', chunk);
    expect(starts(uploads)).toHaveLength(3);
    expect(starts(uploads, 60_000)).toEqual([]);
    uploads.acknowledged('liar', 'f', 0);
    expect(starts(uploads, 60_001)).toHaveLength(2);
  });

  it('holds the size of a granted chunk, and frees an ANY that got nothing', () => {
    const uploads = new UploadQueue({ chunkBytes: (_file, chunk) => (chunk === 9 ? 10 : 100) });
    uploads.request('a', 'f', ANY);
    uploads.request('a', 'f', ANY);
    expect(starts(uploads)).toEqual(['a:any', 'a:any']);
    uploads.granted('a', 'f', 9);
    uploads.granted('a', 'f', undefined);
    expect(uploads.unacknowledgedBytes).toBe(10);
    uploads.acknowledged('a', 'f', 9);
    expect(uploads.unacknowledgedBytes).toBe(0);
    uploads.checkInvariants();
  });

  it('does not let a receiver that acknowledges nothing hold up the others', () => {
    const uploads = queue({ unacknowledgedStart: 2 * 64 * KB, overdueMs: 500 });
    uploads.request('stuck', 'f', 0);
    uploads.request('stuck', 'f', 1);
    starts(uploads);
    uploads.request('b', 'f', 0);
    expect(starts(uploads, 400)).toEqual([]);
    expect(uploads.nextDecisionAt()).toBeLessThanOrEqual(500);
    expect(starts(uploads, 500)).toEqual(['b:0']);
    uploads.checkInvariants();
  });

  it('says that nothing is to be done when nothing waits', () => {
    const uploads = queue();
    expect(uploads.nextDecisionAt()).toBeUndefined();
    uploads.request('a', 'f', 0);
    starts(uploads);
    expect(uploads.nextDecisionAt()).toBeUndefined();
  });
});

describe('UploadQueue between priorities', () => {
  const PRIORITIES: Readonly<Record<string, number>> = { high: 9, high2: 9, low: 5, low2: 5, lowest: 0 };
  /** Connections that always want more: whatever is started is acknowledged, `pieces` times over. */
  const course = (uploads: UploadQueue, conns: readonly string[], pieces: number): Map<string, number> => {
    const got = new Map(conns.map((conn) => [conn, 0]));
    const underWay: { conn: string; chunk: number }[] = [];
    let asked = 0;
    for (let now = 0; now < pieces; now++) {
      for (const conn of conns) while (uploads.request(conn, 'f', asked++) === 'queued');
      for (const { conn, chunk } of uploads.next(now)) {
        underWay.push({ conn, chunk });
        got.set(conn, (got.get(conn) as number) + 1);
      }
      uploads.checkInvariants();
      const { conn, chunk } = underWay.shift() as { conn: string; chunk: number };
      uploads.acknowledged(conn, 'f', chunk);
    }
    return got;
  };
  const mixed = (settings: Partial<UploadSettings> = {}): UploadQueue =>
    new UploadQueue({
      chunkBytes: () => KB,
      priorityOf: (conn) => PRIORITIES[conn] ?? 5,
      settings: { unacknowledgedMax: 8 * KB, queuedPerConnection: 20, ...settings },
    });

  it('gives the higher one four times as much', () => {
    const got = course(mixed(), ['high', 'low'], 1_000);
    expect((got.get('high') as number) / (got.get('low') as number)).toBeCloseTo(4, 1);
  });

  it('gives one connection of the higher more than one of many of the lower, and the same to all of one', () => {
    const got = course(mixed(), ['high', 'high2', 'low', 'low2'], 1_000);
    expect(got.get('high2')).toBeCloseTo(got.get('high') as number, -1);
    expect(got.get('low2')).toBeCloseTo(got.get('low') as number, -1);
    expect((got.get('high') as number) / (got.get('low2') as number)).toBeCloseTo(4, 0);
  });

  it('starves nobody', () => {
    const got = course(mixed(), ['high', 'high2', 'lowest'], 1_000);
    expect(got.get('lowest')).toBeGreaterThan(15);
    expect(got.get('lowest')).toBeLessThan(30);
  });

  it('gives all of it to the lower while the higher wants nothing', () => {
    const uploads = mixed({
      unacknowledgedStart: 2 * KB,
      unacknowledgedMax: 2 * KB,
      unacknowledgedChunksMin: 1,
    });
    for (let chunk = 0; chunk < 5; chunk++) uploads.request('low', 'f', chunk);
    uploads.request('high', 'f', 0);
    expect(starts(uploads)).toEqual(['high:0', 'low:0']);
    uploads.acknowledged('high', 'f', 0);
    expect(starts(uploads)).toEqual(['low:1']);
    uploads.checkInvariants();
  });

  it('forgets what was cancelled, closed or is served no more', () => {
    const uploads = mixed({ unacknowledgedStart: KB, unacknowledgedChunksMin: 1 });
    for (const conn of ['high', 'high2', 'low', 'lowest']) uploads.request(conn, conn, 0);
    expect(starts(uploads)).toEqual(['high:0']);
    uploads.cancel('high', 'high', 0);
    uploads.closed('high2');
    uploads.closeFile('low');
    uploads.checkInvariants();
    expect(starts(uploads)).toEqual(['lowest:0']);
    uploads.request('high', 'f', 1);
    uploads.checkInvariants();
    uploads.closed('lowest');
    expect(starts(uploads)).toEqual(['high:1']);
    uploads.checkInvariants();
  });

  /**
   * Two connections that ask for two chunks at a time, on an uplink of 6 KB/ms that both have an equal share of while both send; the
   * higher one takes at most `takes` bytes a millisecond. Bytes a millisecond of each.
   */
  const onUplink = (takes: number): { high: number; low: number } => {
    const uploads = new UploadQueue({
      chunkBytes: () => 64 * KB,
      priorityOf: (conn) => PRIORITIES[conn] ?? 5,
    });
    const sending: Record<'high' | 'low', { chunk: number; left: number }[]> = { high: [], low: [] };
    const got = { high: 0, low: 0 };
    const conns = ['high', 'low'] as const;
    let asked = 0;
    for (const conn of conns) for (let two = 0; two < 2; two++) uploads.request(conn, 'f', asked++);
    for (let now = 0; now < 20_000; now++) {
      for (const { conn, chunk } of uploads.next(now))
        sending[conn as keyof typeof sending].push({ chunk, left: 64 * KB });
      uploads.checkInvariants();
      const half = sending.high.length > 0 && sending.low.length > 0 ? 3 * KB : 6 * KB;
      const high = Math.min(takes, half);
      const rates = { high, low: sending.high.length > 0 ? 6 * KB - high : 6 * KB };
      for (const conn of conns) {
        const [send] = sending[conn];
        if (send === undefined) continue;
        got[conn] += rates[conn] / 20_000;
        send.left -= rates[conn];
        if (send.left > 0) continue;
        sending[conn].shift();
        uploads.acknowledged(conn, 'f', send.chunk);
        uploads.request(conn, 'f', asked++);
      }
    }
    return got;
  };

  it('gives the higher one its share although it never has more than two requests open', () => {
    const { high, low } = onUplink(Infinity);
    expect(high / low).toBeGreaterThan(2.8);
    expect(high + low).toBeGreaterThan(5.9 * KB);
  });

  it('does not leave an uplink idle because the receiver of the higher one is slow', () => {
    const { high, low } = onUplink(KB);
    expect(high).toBeGreaterThan(0.95 * KB);
    expect(low).toBeGreaterThan(4.5 * KB);
  });

  it('does not hold a lower one back for who acknowledges nothing', () => {
    const uploads = mixed({ unprovenPerConnection: 2 });
    for (let chunk = 0; chunk < 5; chunk++) uploads.request('high', 'f', chunk);
    expect(starts(uploads)).toHaveLength(2);
    let low = 0;
    for (let now = 0; now < 10_000; now += 10) {
      uploads.request('low', 'f', 100 + now);
      for (const { chunk } of uploads.next(now)) {
        uploads.acknowledged('low', 'f', chunk);
        low++;
      }
    }
    expect(low).toBeGreaterThan(900);
  });

  it('takes three near ones to one far one within a priority', () => {
    const uploads = new UploadQueue({
      chunkBytes: () => KB,
      isNear: (conn) => conn !== 'high',
      priorityOf: (conn) => PRIORITIES[conn] ?? 5,
      settings: { unacknowledgedStart: 100 * KB },
    });
    for (let chunk = 0; chunk < 8; chunk++)
      for (const conn of ['low', 'high']) uploads.request(conn, 'f', chunk);
    const first = uploads.next(0).slice(0, 10);
    expect(first.filter(({ conn }) => conn === 'high')).toHaveLength(8);
  });
});

describe('UploadQueue through any events', () => {
  const step = fc.record({
    what: fc.constantFrom(
      'request',
      'request',
      'next',
      'next',
      'ack',
      'cancel',
      'closed',
      'closeFile',
      'any',
      'wait',
    ),
    conn: fc.constantFrom('a', 'b', 'c', 'd'),
    file: fc.constantFrom('f', 'g'),
    chunk: fc.nat(5),
  });

  it('keeps its books, starts nothing unasked, nothing twice, and everything in the end', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 100, size: 'max' }), fc.boolean(), (steps, mixed) => {
        const settings = { unacknowledgedChunksMin: 2, unprovenPerConnection: 2, anyPerConnection: 2 };
        const uploads = queue(settings, 64 * KB, (conn) => (mixed ? (conn.charCodeAt(0) % 3) * 4 : 5));
        const waiting = new Map<string, number>();
        const started = new Map<string, { conn: string; file: string; chunk: number }>();
        let now = 0;
        const take = (): void => {
          for (const send of uploads.next(now)) {
            const key = `${send.conn}/${send.file}/${send.chunk}`;
            expect(waiting.get(key) ?? 0).toBeGreaterThan(0);
            waiting.set(key, (waiting.get(key) ?? 0) - 1);
            if (send.chunk === ANY) uploads.granted(send.conn, send.file, undefined);
            else started.set(key, send);
          }
        };
        const forget = (isGone: (key: string) => boolean): void => {
          for (const key of [...waiting.keys()]) if (isGone(key)) waiting.delete(key);
          for (const key of [...started.keys()]) if (isGone(key)) started.delete(key);
        };
        for (const { what, conn, file, chunk } of steps) {
          const asked = what === 'any' ? ANY : chunk;
          const key = `${conn}/${file}/${asked}`;
          if (what === 'request' || what === 'any') {
            const verdict = uploads.request(conn, file, asked);
            expect(verdict === 'duplicate').toBe(
              what === 'request' && ((waiting.get(key) ?? 0) > 0 || started.has(key)),
            );
            if (verdict === 'queued') waiting.set(key, (waiting.get(key) ?? 0) + 1);
          }
          if (what === 'ack') uploads.acknowledged(conn, file, chunk);
          if (what === 'ack') started.delete(key);
          if (what === 'cancel') uploads.cancel(conn, file, chunk);
          if (what === 'cancel') forget((other) => other === key);
          if (what === 'closed') uploads.closed(conn);
          if (what === 'closed') forget((other) => other.startsWith(`${conn}/`));
          if (what === 'closeFile') uploads.closeFile(file);
          if (what === 'closeFile') forget((other) => other.split('/')[1] === file);
          if (what === 'wait') now += 200;
          if (what === 'next') take();
          uploads.checkInvariants();
        }
        for (let round = 0; round < 100; round++) {
          for (const { conn, file, chunk } of started.values()) uploads.acknowledged(conn, file, chunk);
          started.clear();
          take();
        }
        expect(uploads.waiting).toBe(0);
      }),
      { numRuns: 80 },
    );
  });
});
