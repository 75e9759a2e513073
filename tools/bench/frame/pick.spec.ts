import { describe, expect, it } from '@jest/globals';
import { picked } from './pick.js';

const CASES = [{ name: 'n4' }, { name: 'n8' }, { name: 'n8' }];

describe('what was asked for by name', () => {
  it('is everything when nothing was', () => {
    expect(picked('case', CASES, undefined, true)).toBe(CASES);
  });

  it('is what has the name', () => {
    expect(picked('case', CASES, ['n8'], true)).toEqual([{ name: 'n8' }, { name: 'n8' }]);
  });

  it('must be there, unless it may belong to another bench', () => {
    expect(() => picked('case', CASES, ['n4', 'n5'], true)).toThrow('there is no case "n5" in this bench');
    expect(picked('case', CASES, ['n4', 'n5'], false)).toEqual([{ name: 'n4' }]);
  });
});
