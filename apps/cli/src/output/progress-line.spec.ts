import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import stringWidth from 'string-width';
import { MIB } from '#core';
import { etaOf, percentOf, renderBar, renderPlain, type ProgressFacts } from './progress-line.js';

const FACTS: ProgressFacts = {
  label: 'music.txt',
  bytes: 3 * MIB,
  size: 12 * MIB,
  rate: 3 * MIB,
  sources: 2,
  chunks: 3,
  chunkCount: 12,
};

describe('percentOf', () => {
  it('is 100 only at the end, and for an empty file', () => {
    expect(percentOf({ bytes: 999, size: 1_000 })).toBe(99);
    expect(percentOf({ bytes: 1_000, size: 1_000 })).toBe(100);
    expect(percentOf({ bytes: 0, size: 0 })).toBe(100);
  });
});

describe('etaOf', () => {
  it('is what is left at this rate', () => {
    expect(etaOf(FACTS)).toBe(3_000);
  });

  it('is unknown while nothing or next to nothing moves', () => {
    expect(etaOf({ ...FACTS, rate: 0 })).toBeUndefined();
    expect(etaOf({ ...FACTS, rate: 1 })).toBeUndefined();
  });
});

describe('renderBar', () => {
  it('shows everything where there is room', () => {
    expect(renderBar(FACTS, 100)).toBe(
      `music.txt ${'█'.repeat(10)}${'░'.repeat(30)}  25%  3 MiB/s  ETA 3.0 s  2 sources  3/12 chunks`,
    );
  });

  it('gives up the least important first', () => {
    expect(renderBar(FACTS, 60)).toMatch(/2 sources$/);
    expect(renderBar(FACTS, 46)).toMatch(/3 MiB\/s {2}ETA 3\.0 s$/);
    expect(renderBar(FACTS, 12)).toBe('25%');
  });

  it('fits the terminal whatever is in it, and obeys nothing in the name', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.integer({ min: 5, max: 300 }),
        fc.nat(2 ** 40),
        (label, columns, bytes) => {
          const line = renderBar({ ...FACTS, label, bytes, size: 2 ** 40, rate: bytes }, columns);
          expect(stringWidth(line)).toBeLessThan(columns);
          expect(line).not.toMatch(/\p{Cc}/u);
        },
      ),
    );
  });
});

describe('renderPlain', () => {
  it('is one line for a log', () => {
    expect(renderPlain({ ...FACTS, sources: 1 })).toBe(
      'music.txt: 25%, 3 MiB of 12 MiB, 3 MiB/s, ETA 3.0 s, 1 source, 3/12 chunks',
    );
    expect(renderPlain({ ...FACTS, bytes: FACTS.size, chunks: 12 })).toBe(
      'music.txt: 100%, 12 MiB of 12 MiB, 2 sources, 12/12 chunks',
    );
    expect(renderPlain({ label: 'x', bytes: 0, size: 1, rate: 0 })).toBe('x: 0%, 0 B of 1 B, 0 B/s, ETA -');
  });
});
