import { describe, expect, it } from '@jest/globals';
import { Bitfield, type FileId } from '#core';
import fc from 'fast-check';
import { chunksOf, patchesOf } from './held-patch.js';

const fileId = 'f'.repeat(64) as FileId;

describe('patchesOf', () => {
  it('marks a whole file, however it is said', () => {
    const whole = [fileId, 20, -1, ''];
    expect(patchesOf([{ fileId, chunkCount: 20 }])).toEqual(whole);
    expect(patchesOf([{ fileId, chunkCount: 20, ranges: [[0, 20]] }])).toEqual(whole);
    expect(patchesOf([{ fileId, chunkCount: 0, ranges: [] }])).toEqual([fileId, 0, -1, '']);
  });

  it('leaves out a file of which nothing is held', () => {
    expect(patchesOf([{ fileId, chunkCount: 20, ranges: [] }])).toEqual([]);
  });

  it('sends only the bytes with a bit set', () => {
    const ranges: [number, number][] = [
      [801, 802],
      [815, 817],
    ];
    expect(patchesOf([{ fileId, chunkCount: 65_536, ranges }])).toEqual([
      fileId,
      65_536,
      100,
      Buffer.from([0b0100_0000, 0b0000_0001, 0b1000_0000]),
    ]);
  });

  it('is the same chunks again when it is laid over nothing', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(98), { minLength: 1 }), (chunks) => {
        const field = new Bitfield(100);
        chunks.forEach((chunk) => field.set(chunk));
        const ranges = field.toRanges().map(({ start, end }): [number, number] => [start, end]);
        const file = { fileId, chunkCount: 100, ranges };
        const [, , offset, patch] = patchesOf([file]);
        const bytes = Buffer.alloc(13);
        (patch as Buffer).copy(bytes, offset as number);
        expect(Bitfield.fromBytes(100, bytes).toRanges()).toEqual(chunksOf(file).toRanges());
      }),
    );
  });
});
