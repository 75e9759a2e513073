import { describe, expect, it } from '@jest/globals';
import { isFileName } from './file-name.js';
import { manifestFileName } from './manifest-file-name.js';

describe('the name of a manifest file', () => {
  it('goes with the name of the file', () => {
    expect(manifestFileName('music.txt')).toBe('music.txt.manifest.json');
    expect(manifestFileName('.bashrc')).toBe('.bashrc.manifest.json');
  });

  it.each(['x'.repeat(255), 'ü'.repeat(127), '😀'.repeat(63)])(
    'is a file name, however long that is',
    (name) => {
      expect(isFileName(manifestFileName(name))).toBe(true);
      expect(Buffer.from(manifestFileName(name)).toString()).toBe(manifestFileName(name));
    },
  );
});
