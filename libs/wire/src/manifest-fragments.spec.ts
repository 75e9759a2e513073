import { describe, expect, it } from '@jest/globals';
import type { FileId, ShoalError } from '#core';
import { WIRE_LIMITS } from './limits.js';
import { ManifestAssembler, manifestFragments } from './manifest-fragments.js';

const FILE = 'ab'.repeat(32) as FileId;

const assemble = (fragments: ReturnType<typeof manifestFragments>): string | null | undefined => {
  const assembler = new ManifestAssembler(FILE);
  return fragments.map((fragment) => assembler.add(fragment)).at(-1);
};

const codeOf = (action: () => unknown): string => {
  try {
    action();
  } catch (error) {
    return (error as ShoalError).code;
  }
  return 'none';
};

describe('manifest fragments', () => {
  it.each([1, WIRE_LIMITS.manifestFragmentBytes, WIRE_LIMITS.manifestFragmentBytes + 1, 500_000])(
    'bring %i bytes over whole',
    (length) => {
      const json = 'x'.repeat(length);
      expect(assemble(manifestFragments(FILE, json))).toBe(json);
    },
  );

  it('say when the manifest is not known', () => {
    expect(assemble(manifestFragments(FILE, undefined))).toBeNull();
  });

  it('are refused out of order, of another file, or too long', () => {
    const [first, second] = manifestFragments(FILE, 'x'.repeat(200_000));
    expect(codeOf(() => assemble([second as NonNullable<typeof second>]))).toBe('bad-frame');
    expect(codeOf(() => assemble([first, first] as NonNullable<typeof first>[]))).toBe('bad-frame');
    const stranger = { ...(first as NonNullable<typeof first>), fileId: 'cd'.repeat(32) as FileId };
    expect(codeOf(() => assemble([stranger]))).toBe('bad-frame');
    expect(codeOf(() => manifestFragments(FILE, 'x'.repeat(WIRE_LIMITS.manifestBytes + 1)))).toBe(
      'limit-exceeded',
    );
  });
});
