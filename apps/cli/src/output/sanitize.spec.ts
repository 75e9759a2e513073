import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { clean } from './sanitize.js';

describe('clean', () => {
  it('shows what could act on a terminal instead of sending it there', () => {
    expect(clean('a\u001b[2Jb')).toBe('a\\u{1b}[2Jb');
    expect(clean('two\nlines\r')).toBe('two\\u{a}lines\\u{d}');
    expect(clean('\u009b31m')).toBe('\\u{9b}31m');
    expect(clean('txt.\u202eexe')).toBe('txt.\\u{202e}exe');
    expect(clean('half \ud800')).toBe('half \\u{d800}');
  });

  it('keeps ordinary text of any language', () => {
    for (const text of ['music.txt', 'Übung 3', '日本語', 'naïve 🎵']) expect(clean(text)).toBe(text);
  });

  it('cuts what is too long for a line', () => {
    expect(clean('x'.repeat(5_000))).toHaveLength(2_003);
  });

  it('never lets a control character through', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(clean(text)).not.toMatch(/\p{Cc}/u);
      }),
    );
  });
});
