import { describe, it, expect } from '@jest/globals';
import fc from 'fast-check';
import { chunkName } from './chunk-name.js';
import { isFileName } from './file-name.js';

const bytes = (text: string): number => Buffer.byteLength(text);

describe('chunkName', () => {
  it.each([
    ['music.txt', 0, 'music1.txt'],
    ['music.txt', 11, 'music12.txt'],
    ['a.tar.gz', 0, 'a1.tar.gz'],
    ['backup.2024.TAR.ZST', 1, 'backup.20242.TAR.ZST'],
    ['.bashrc', 0, '.bashrc1'],
    ['.tar.gz', 0, '.tar1.gz'],
    ['README', 2, 'README3'],
    ['odd.', 0, 'odd.1'],
    ['-rf x.txt', 0, '-rf x1.txt'],
    [`v1.${'long'.repeat(16)}`, 0, `v1.${'long'.repeat(16)}1`],
  ])('%s, chunk %i: %s', (name, index, expected) => {
    expect(chunkName(name, index)).toBe(expected);
  });

  it('shortens the stem of a name of 255 bytes and keeps its ending', () => {
    const name = chunkName(`${'m'.repeat(251)}.txt`, 65_535);
    expect(name).toMatch(/^m+65536\.txt$/);
    expect(bytes(name)).toBe(255);
  });

  it('shortens at a whole character', () => {
    const name = chunkName('日'.repeat(85), 0);
    expect(name).toMatch(/^日+1$/);
    expect(bytes(name)).toBeLessThanOrEqual(255);
  });

  it('takes an ending that alone is too long for a part of the stem', () => {
    const name = chunkName(`a.${'b'.repeat(253)}`, 0);
    expect(name).toMatch(/^a\.b+1$/);
    expect(bytes(name)).toBeLessThanOrEqual(255);
  });

  it('gives every chunk of a file a name of its own that is a file name', () => {
    const index = fc.integer({ min: 0, max: 65_535 });
    const piece = fc.constantFrom('a', '1', '11', '.', '.gz', '.tar', 'ü', '日', '🎵', '-', ' ');
    const name = fc
      .array(piece, { minLength: 1, maxLength: 300 })
      .map((pieces) => pieces.join(''))
      .filter(isFileName);
    fc.assert(
      fc.property(name, index, index, (file, one, other) => {
        expect(isFileName(chunkName(file, one))).toBe(true);
        expect(chunkName(file, one) === chunkName(file, other)).toBe(one === other);
      }),
    );
  });
});
