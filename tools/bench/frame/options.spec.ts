import { describe, expect, it } from '@jest/globals';
import { readOptions } from './options.js';

const KNOWN = ['flow', 'swarm', 'codec'];

describe('readOptions', () => {
  it('runs what was named, in the order of the registry', () => {
    expect(readOptions(['codec', 'flow'], KNOWN)).toEqual({
      benches: ['flow', 'codec'],
      json: false,
      quick: false,
      write: false,
      runs: 5,
    });
  });

  it('runs everything once when only --quick is said', () => {
    expect(readOptions(['--quick'], KNOWN)).toMatchObject({ benches: KNOWN, quick: true, runs: 1 });
  });

  it('takes tools, cases, runs and a size', () => {
    const words = ['flow', '--tools', 'shoal, aria2', '--cases=plain', '--runs', '3', '--size', '16MiB'];
    expect(readOptions(words, KNOWN)).toMatchObject({
      tools: ['shoal', 'aria2'],
      cases: ['plain'],
      runs: 3,
      size: 16 * 1_024 ** 2,
    });
  });

  it('shows help when nothing or help is asked for', () => {
    expect(readOptions([], KNOWN)).toBeUndefined();
    expect(readOptions(['flow', '--help'], KNOWN)).toBeUndefined();
  });

  it.each([
    [['flood'], /no bench "flood"/],
    [['flow', '--runs', '0'], /--runs is "0"/],
    [['flow', '--fast'], /--fast/],
  ])('says what is wrong with %j', (words, message) => {
    expect(() => readOptions(words, KNOWN)).toThrow(message);
  });
});
