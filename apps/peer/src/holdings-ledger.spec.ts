import { describe, expect, it } from '@jest/globals';
import type { FileId } from '#core';
import { holdingsDigest } from '#contracts';
import { HoldingsLedger } from './holdings-ledger.js';

const A = 'a'.repeat(64) as FileId;
const B = 'b'.repeat(64) as FileId;

describe('holdings ledger', () => {
  it('names each chunk once, in ranges, with growing numbers', () => {
    const ledger = new HoldingsLedger();
    ledger.add(A, 10, [{ start: 0, end: 2 }]);
    ledger.add(A, 10, [
      { start: 1, end: 3 },
      { start: 7, end: 8 },
    ]);
    expect(ledger.takeAcknowledgement()).toEqual({
      sequence: 1,
      files: [
        {
          fileId: A,
          chunkCount: 10,
          ranges: [
            [0, 3],
            [7, 8],
          ],
        },
      ],
    });
    expect(ledger.takeAcknowledgement()).toBeUndefined();
    ledger.add(A, 10, [{ start: 7, end: 9 }]);
    expect(ledger.takeAcknowledgement()).toMatchObject({ sequence: 2, files: [{ ranges: [[8, 9]] }] });
  });

  it('tells an empty file once', () => {
    const ledger = new HoldingsLedger();
    ledger.add(A, 0, []);
    ledger.add(A, 0, []);
    expect(ledger.takeAcknowledgement()?.files).toEqual([{ fileId: A, chunkCount: 0, ranges: [] }]);
    expect(ledger.hasUntold).toBe(false);
  });

  it('says nothing about chunks that it held before', () => {
    const ledger = new HoldingsLedger();
    ledger.reset([{ fileId: A, chunkCount: 4, ranges: [{ start: 0, end: 4 }] }]);
    ledger.add(A, 4, [{ start: 0, end: 4 }]);
    expect(ledger.hasUntold).toBe(false);
  });

  it('retracts only what it held, and an acknowledgement after it is told', () => {
    const ledger = new HoldingsLedger();
    ledger.add(A, 4, [{ start: 0, end: 4 }]);
    ledger.remove(A);
    ledger.remove(B);
    expect(ledger.takeAcknowledgement()).toBeUndefined();
    expect(ledger.takeRetraction()).toEqual({ sequence: 1, files: [A] });
    ledger.add(A, 4, [{ start: 0, end: 1 }]);
    expect(ledger.takeRetraction()).toBeUndefined();
    expect(ledger.takeAcknowledgement()?.files).toHaveLength(1);
  });

  it('reports everything, whole files without ranges, and leaves nothing untold', () => {
    const ledger = new HoldingsLedger();
    ledger.add(A, 4, [{ start: 0, end: 4 }]);
    ledger.add(B, 4, [{ start: 2, end: 3 }]);
    expect(ledger.takeReport()).toEqual({
      sequence: 1,
      parts: [
        [
          { fileId: A, chunkCount: 4 },
          { fileId: B, chunkCount: 4, ranges: [[2, 3]] },
        ],
      ],
    });
    expect(ledger.hasUntold).toBe(false);
  });

  it('reports that it holds nothing', () => {
    expect(new HoldingsLedger().takeReport()).toEqual({ sequence: 1, parts: [[]] });
  });

  it('has the digest that the anchors compute', () => {
    const ledger = new HoldingsLedger();
    ledger.add(A, 4, [{ start: 0, end: 3 }]);
    expect(ledger.digest()).toBe(holdingsDigest([[A, 3]]));
  });
});
