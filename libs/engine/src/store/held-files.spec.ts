import { describe, it, expect } from '@jest/globals';
import { Bitfield } from '#core';
import { sampleFile } from '#testing';
import { HeldFiles } from './held-files.js';
import type { Place } from './store-host.js';
import type { StoreState } from './store.js';

const { manifest } = sampleFile(5_000);
const other = sampleFile(100).manifest;

const place = (target: string, state: StoreState, chunks: number, of = manifest): Place => {
  const held = Bitfield.fromRanges(of.chunkCount, [{ start: 0, end: chunks }]);
  const toRecord = (): object => ({ kind: 'part', target, force: false });
  return { manifest: of, target, path: target, state, chunks: held, toRecord } as unknown as Place;
};

describe('HeldFiles', () => {
  it('finds places by file and by target', () => {
    const files = new HeldFiles();
    const [a, b, c] = [
      place('/a', 'partial', 1),
      place('/b', 'partial', 2),
      place('/a', 'partial', 1, other),
    ];
    for (const one of [a, b, c]) files.add(one);
    expect(files.placesOf(manifest.fileId)).toEqual([a, b]);
    expect(files.placesAt('/a')).toEqual([a, c]);
    expect(files.all()).toEqual([a, b, c]);
    expect(files.remove(a)).toBe(true);
    expect(files.remove(a)).toBe(false);
    expect(files.placesAt('/a')).toEqual([c]);
    expect(files.remove(b)).toBe(true);
    expect(files.placesOf(manifest.fileId)).toEqual([]);
    expect(files.recordOf(manifest.fileId)).toBeUndefined();
    expect(files.recordOf(other.fileId)).toMatchObject({ manifest: other, places: [{ target: '/a' }] });
  });

  it('serves from a complete place, else from the one with the most chunks', () => {
    const files = new HeldFiles();
    expect(files.best(manifest.fileId)).toBeUndefined();
    files.add(place('/few', 'partial', 1));
    files.add(place('/most', 'downloading', 4));
    files.add(place('/some', 'partial', 2));
    expect(files.best(manifest.fileId)?.target).toBe('/most');
    files.add(place('/whole', 'complete', 5));
    files.add(place('/more', 'downloading', 5));
    expect(files.best(manifest.fileId)?.target).toBe('/whole');
  });
});
