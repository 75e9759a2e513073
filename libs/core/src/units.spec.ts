import { describe, expect, it } from '@jest/globals';
import { asShoalError, errorFromDocument, isTransient, ShoalError } from './errors.js';
import { parseFileId, parsePeerId } from './ids.js';
import { jittered, sample, seededRandom } from './random.js';
import { formatRanges, rangesOf } from './ranges.js';
import { formatDuration, formatSize, parseDuration, parseRate, parseSize } from './units.js';

describe('units', () => {
  it.each([
    ['4096', 4_096],
    ['256KiB', 262_144],
    ['256k', 262_144],
    ['1.5 MB', 1_500_000],
    ['2G', 2_147_483_648],
  ])('reads the size %s', (text, bytes) => expect(parseSize(text)).toBe(bytes));

  it.each(['', 'x', '-1', '1e9', '5 parsecs', '9'.repeat(30)])('refuses the size "%s"', (text) => {
    expect(() => parseSize(text)).toThrow(expect.objectContaining({ code: 'bad-size' }));
  });

  it.each([
    ['50Mbit', 6_250_000],
    ['8kbit/s', 1_000],
    ['10MB/s', 10_000_000],
    ['1MiB', 1_048_576],
  ])('reads the rate %s', (text, bytes) => expect(parseRate(text)).toBe(bytes));

  it.each([
    ['500ms', 500],
    ['30', 30_000],
    ['5m', 300_000],
    ['7d', 604_800_000],
  ])('reads the duration %s', (text, milliseconds) => expect(parseDuration(text)).toBe(milliseconds));

  it('writes sizes and durations for people', () => {
    expect([0, 1_023, 1_536, 12 * 1_048_576, 999_999_999_999].map(formatSize)).toEqual([
      '0 B',
      '1023 B',
      '1.5 KiB',
      '12 MiB',
      '931 GiB',
    ]);
    expect([850, 12_340, 245_000, 7_380_000, 691_200_000].map(formatDuration)).toEqual([
      '850 ms',
      '12.3 s',
      '4m 05s',
      '2h 03m',
      '8d 00h',
    ]);
  });

  it('writes chunk numbers as people count', () => {
    expect(formatRanges(rangesOf([6, 0, 1, 2, 3, 3]))).toBe('1-4, 7');
  });
});

describe('ids', () => {
  it('takes lower-case hex of the right length only', () => {
    expect(parsePeerId('a'.repeat(40))).toBe('a'.repeat(40));
    expect(() => parsePeerId('A'.repeat(40))).toThrow(expect.objectContaining({ code: 'bad-id' }));
    expect(() => parseFileId('a'.repeat(63))).toThrow(expect.objectContaining({ code: 'bad-id' }));
  });
});

describe('errors', () => {
  it('come back from JSON as they were', () => {
    const error = new ShoalError('redis-away', 'no answer', { retry: 'transient', hint: 'Start it.' });
    const back = errorFromDocument(JSON.parse(JSON.stringify(error)));
    expect([back.code, back.message, back.hint, isTransient(back)]).toEqual([
      'redis-away',
      'no answer',
      'Start it.',
      true,
    ]);
  });

  it('of another version or kind become internal', () => {
    expect(errorFromDocument({ code: 'from-the-future', message: 'x', retry: 'permanent' }).code).toBe(
      'internal',
    );
    const cause = new TypeError('oops');
    expect(asShoalError(cause)).toMatchObject({ code: 'internal', message: 'oops', cause });
  });
});

describe('random', () => {
  it('repeats with its seed, samples without repeats, jitters within its share', () => {
    expect(seededRandom(7)()).toBe(seededRandom(7)());
    const random = seededRandom(1);
    const picked = sample([1, 2, 3, 4, 5], 3, random);
    expect(new Set(picked).size).toBe(3);
    expect(sample([1, 2], 9, random)).toHaveLength(2);
    for (let round = 0; round < 100; round++) {
      const delay = jittered(100, 0.3, random);
      expect(delay).toBeGreaterThanOrEqual(70);
      expect(delay).toBeLessThan(130);
    }
  });
});
