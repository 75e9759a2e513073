import { describe, it, expect, beforeEach } from '@jest/globals';
import { Bitfield, type FileId } from '#core';
import { FakeFileSystem } from '#testing';
import { loadBitmap, saveBitmap } from './bitmap-file.js';

const fileId = 'f'.repeat(64) as FileId;
const inode = { device: 1n, inode: 2n, born: 3n };
const chunks = Bitfield.fromRanges(20, [{ start: 3, end: 11 }]);

let fs: FakeFileSystem;
beforeEach(async () => {
  fs = new FakeFileSystem();
  await saveBitmap(fs, '/bitmap', fileId, inode, { chunks, clean: false }, 'all');
});

describe('bitmap file', () => {
  it('vouches for the part file that it was written for', async () => {
    const saved = await loadBitmap(fs, '/bitmap', fileId, inode, 20);
    expect(saved?.chunks.toRanges()).toEqual(chunks.toRanges());
    expect(saved?.clean).toBe(false);
  });

  it.each([
    ['another device', { ...inode, device: 9n }],
    ['another inode', { ...inode, inode: 9n }],
    ['an inode that was used again', { ...inode, born: 9n }],
  ])('does not vouch for %s', async (_, other) => {
    expect(await loadBitmap(fs, '/bitmap', fileId, other, 20)).toBeUndefined();
  });

  it('does not vouch for another file or number of chunks', async () => {
    expect(await loadBitmap(fs, '/bitmap', 'e'.repeat(64) as FileId, inode, 20)).toBeUndefined();
    expect(await loadBitmap(fs, '/bitmap', fileId, inode, 21)).toBeUndefined();
  });

  it('vouches for nothing when it is damaged, huge or missing', async () => {
    const whole = fs.bytesOf('/bitmap') as Uint8Array;
    fs.addFile('/half', whole.subarray(0, whole.length / 2));
    fs.addFile('/huge', new Uint8Array(100_000).fill(32));
    for (const path of ['/half', '/huge', '/missing']) {
      expect(await loadBitmap(fs, path, fileId, inode, 20)).toBeUndefined();
    }
  });
});
