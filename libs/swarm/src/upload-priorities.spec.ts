import { describe, expect, it } from '@jest/globals';
import type { UploadSettings } from './settings.js';
import { KB, starts } from './test-support/uploads.js';
import { UploadQueue } from './upload-queue.js';

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
