import { describe, it, expect } from '@jest/globals';
import { folderOf, whyBadLink, whyBadPath } from './tree-path.js';

describe('paths in a tree', () => {
  it.each(['a', 'a/b', '.hidden/-x', 'with space/é/🎵', '...', 'a/..b', 'x'.repeat(255)])(
    'takes %j',
    (path) => {
      expect(whyBadPath(path)).toBeUndefined();
    },
  );

  it.each([
    '',
    '/',
    '/a',
    'a/',
    'a//b',
    '.',
    './a',
    '..',
    'a/../b',
    'a/..',
    'a\0b',
    'a\nb',
    '\ufffd',
    'x'.repeat(256),
    `${'x'.repeat(250)}/`.repeat(9) + 'y',
    'd/'.repeat(128) + 'y',
  ])('refuses %j', (path) => {
    expect(whyBadPath(path)).toEqual(expect.any(String));
  });

  it('knows the folder of a path', () => {
    expect(['a', 'a/b', 'a/b/c'].map(folderOf)).toEqual(['', 'a', 'a/b']);
  });
});

describe('symbolic links in a tree', () => {
  it.each([
    ['current', 'v1'],
    ['current', './v1/'],
    ['current', '.'],
    ['a/up', '..'],
    ['a/b/up', '../../c/d'],
    ['a/b/up', './../x'],
    ['lib', 'v..1/..x'],
    ['dangling', 'not/there'],
  ])('%s -> %s stays', (path, target) => {
    expect(whyBadLink(path, target)).toBeUndefined();
  });

  it.each([
    ['a', '', 'leads nowhere'],
    ['a', '/etc/passwd', 'is absolute'],
    ['a', '..', 'leads out of the tree'],
    ['a/b', '../..', 'leads out of the tree'],
    ['a/b', '../../x', 'leads out of the tree'],
    ['a/b', './.././../x', 'leads out of the tree'],
    // d may be a link to the top of the tree: then this is the folder above it.
    ['a/b', 'd/..', 'has ".." after a name'],
    ['a/b', '../d/../x', 'has ".." after a name'],
    ['a', 'b\0c', 'holds a control character or is not UTF-8'],
    ['a', 'x'.repeat(256), 'has a name of more than 255 bytes'],
    ['a', 'x/'.repeat(600), 'is longer than 1024 bytes'],
  ])('%s -> %j does not', (path, target, why) => {
    expect(whyBadLink(path, target)).toBe(why);
  });
});
