import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ANY } from './decision.js';
import { KB, queue } from './test-support/uploads.js';

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
