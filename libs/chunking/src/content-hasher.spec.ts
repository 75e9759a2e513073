import { createHash } from 'node:crypto';
import { describe, it, expect } from '@jest/globals';
import fc from 'fast-check';
import { ContentHasher } from './content-hasher.js';
import type { Manifest } from './manifest.js';

const CHUNK = 1_024;
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

const hash = (bytes: Uint8Array, cuts: readonly number[] = []): Manifest => {
  const hasher = new ContentHasher(bytes.length, CHUNK);
  const edges = [0, ...[...cuts].sort((a, b) => a - b), bytes.length];
  for (let edge = 1; edge < edges.length; edge++) hasher.update(bytes.subarray(edges[edge - 1], edges[edge]));
  return hasher.finish();
};

describe('ContentHasher', () => {
  it('makes no chunk of an empty file', () => {
    const manifest = hash(new Uint8Array(0));
    expect(manifest).toMatchObject({ size: 0, chunkCount: 0, sha256: sha256(new Uint8Array(0)) });
  });

  it.each([1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK - 1, 3 * CHUNK, 3 * CHUNK + 1])(
    'digests %i bytes',
    (size) => {
      const bytes = new Uint8Array(size).map((_, index) => index % 251);
      const manifest = hash(bytes);
      expect(manifest.sha256).toBe(sha256(bytes));
      expect(manifest.chunkCount).toBe(Math.ceil(size / CHUNK));
      for (let index = 0; index < manifest.chunkCount; index++) {
        const chunk = bytes.subarray(index * CHUNK, (index + 1) * CHUNK);
        expect(manifest.lengthOf(index)).toBe(chunk.length);
        expect(manifest.verify(index, chunk)).toBe(true);
      }
    },
  );

  it('comes to the same whatever the slices', () => {
    const file = fc.uint8Array({ maxLength: 5 * CHUNK });
    const cuts = fc.array(fc.nat(5 * CHUNK), { maxLength: 8 });
    fc.assert(
      fc.property(file, cuts, (bytes, where) => {
        const inside = where.map((cut) => Math.min(cut, bytes.length));
        expect(hash(bytes, inside).fileId).toBe(hash(bytes).fileId);
      }),
    );
  });

  it('notices fewer and more bytes than announced', () => {
    const changed = expect.objectContaining({ code: 'file-changed' });
    const short = new ContentHasher(10, CHUNK);
    short.update(new Uint8Array(9));
    expect(() => short.finish()).toThrow(changed);
    expect(() => new ContentHasher(10, CHUNK).update(new Uint8Array(11))).toThrow(changed);
  });
});
