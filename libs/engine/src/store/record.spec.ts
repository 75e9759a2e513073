import { describe, it, expect } from '@jest/globals';
import { sampleFile } from '#testing';
import { formatRecord, parseRecord, type FileRecord } from './record.js';

const { manifest } = sampleFile(3_000);
const identity = { device: 2n ** 63n, inode: 2n ** 64n - 1n, size: 3_000, modified: -1n };
const record: FileRecord = {
  manifest,
  places: [
    { kind: 'complete', path: '/data/a', name: 'music.txt', identity },
    { kind: 'part', target: '/data/b', force: true, only: [{ start: 0, end: 2 }], sealed: identity },
    { kind: 'part', target: '/data/c', force: false },
  ],
};

describe('record', () => {
  it('survives being written and read, numbers of 64 bits too', () => {
    const read = parseRecord(formatRecord(record));
    expect(read.manifest.toDocument()).toEqual(manifest.toDocument());
    expect(read.places).toEqual(record.places);
  });

  it.each([
    ['nothing', () => ''],
    ['half of it', (text: string) => text.slice(0, text.length / 2)],
    ['zeros', (text: string) => '\0'.repeat(text.length)],
    ['another version', (text: string) => text.replace('"shoal-record": 1', '"shoal-record": 2')],
    ['a relative path', (text: string) => text.replace('/data/a', 'data/a')],
    ['another manifest', (text: string) => text.replace('"size": 3000,\n  "sha', '"size": 3001,\n  "sha')],
    ['an unknown kind', (text: string) => text.replace('"complete"', '"half"')],
  ])('does not take %s', (_, damage) => {
    const damaged = damage(formatRecord(record));
    expect(damaged).not.toBe(formatRecord(record));
    expect(() => parseRecord(damaged)).toThrow();
  });
});
