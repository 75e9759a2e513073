import { describe, it, expect } from '@jest/globals';
import { checkFileName, isFileName } from './file-name.js';

describe('checkFileName', () => {
  it.each(['a', '-rf', '..a', 'a b', 'Ünïcödé 日本', 'x'.repeat(255), '日'.repeat(85)])(
    'takes %j',
    (name) => {
      expect(checkFileName(name)).toBe(name);
    },
  );

  it.each(['', '.', '..', 'a/b', '/', 'a\0b', 'line\nbreak', 'x'.repeat(256), '日'.repeat(86)])(
    'refuses %j',
    (name) => {
      expect(isFileName(name)).toBe(false);
      expect(() => checkFileName(name)).toThrow(expect.objectContaining({ code: 'bad-name' }));
    },
  );
});
