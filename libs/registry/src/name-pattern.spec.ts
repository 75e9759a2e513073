import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isLiteral, literalPrefix, matchesPattern } from './name-pattern.js';

/** The same rules as a regular expression. */
const asExpression = (pattern: string): RegExp =>
  new RegExp(
    `^${[...pattern]
      .map((one) =>
        one === '*' ? '[^]*' : one === '?' ? '[^]' : one.replace(/[\\^$.*+?()[\]{}|/-]/, '\\$&'),
      )
      .join('')}$`,
    'u',
  );
const letters = fc.string({ unit: fc.constantFrom('a', 'b', '.', '🎵'), maxLength: 8 });
const patterns = fc.string({ unit: fc.constantFrom('a', 'b', '.', '🎵', '*', '?'), maxLength: 8 });

describe('matchesPattern', () => {
  it('agrees with a regular expression', () => {
    fc.assert(
      fc.property(patterns, letters, (pattern, name) => {
        expect(matchesPattern(pattern, name)).toBe(asExpression(pattern).test(name));
      }),
      { numRuns: 2_000 },
    );
  });

  it('only matches names with the literal prefix', () => {
    fc.assert(
      fc.property(patterns, letters, (pattern, name) => {
        fc.pre(matchesPattern(pattern, name));
        expect(name.startsWith(literalPrefix(pattern))).toBe(true);
        if (isLiteral(pattern)) expect(name).toBe(pattern);
      }),
    );
  });

  it('needs few steps for a pattern made to need many', () => {
    expect(matchesPattern(`${'*a'.repeat(120)}b`, 'a'.repeat(255))).toBe(false);
  });
});
