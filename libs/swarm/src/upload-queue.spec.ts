import { describe, expect, it } from '@jest/globals';
import { ANY } from './decision.js';
import { KB, queue, starts } from './test-support/uploads.js';
import { UploadQueue } from './upload-queue.js';

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

  it('says once that a chunk which is asked for by number is on its way for an ANY', () => {
    const uploads = new UploadQueue({ chunkBytes: () => KB });
    uploads.request('a', 'f', ANY);
    expect(starts(uploads)).toHaveLength(1);
    uploads.granted('a', 'f', 7);
    expect(uploads.request('a', 'f', 7)).toBe('granted');
    expect(uploads.request('a', 'f', 7)).toBe('duplicate');
    uploads.checkInvariants();
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
