import { describe, it, expect, beforeEach } from '@jest/globals';
import fc from 'fast-check';
import { FakeFileSystem } from '#testing';
import { confine, confineToRoots } from './confine.js';

const badPath = expect.objectContaining({ code: 'bad-path' });
const notAllowed = expect.objectContaining({ code: 'not-allowed' });

let fs: FakeFileSystem;
beforeEach(async () => {
  fs = new FakeFileSystem();
  await fs.makeFolder('/root/a/b');
  await fs.makeFolder('/outside');
  fs.addFile('/outside/secret', Buffer.from('x'));
  fs.addFile('/root/plain', Buffer.from('x'));
  fs.addLink('/root/out', '/outside');
  fs.addLink('/root/up', '..');
  fs.addLink('/root/in', 'a/b');
  fs.addLink('/root/self', '.');
  fs.addLink('/root/dangling', '/outside/missing');
  fs.addLink('/root/round', 'round');
  fs.addLink('/root/secret', '../outside/secret');
  fs.addLink('/rooted', '/root');
});

describe('confine', () => {
  it.each([
    ['file', '/root/file'],
    ['a/b/c/d', '/root/a/b/c/d'],
    ['-rf', '/root/-rf'],
    ['..a', '/root/..a'],
    ['a b/Ünïcödé 日本 🎵', '/root/a b/Ünïcödé 日本 🎵'],
    ['x'.repeat(255), `/root/${'x'.repeat(255)}`],
    ['in/file', '/root/a/b/file'],
    ['self/plain', '/root/plain'],
  ])('%j is %j', async (relative, expected) => {
    expect(await confine(fs, '/root', relative)).toBe(expected);
  });

  it.each([
    '',
    '.',
    '..',
    '../outside',
    'a/../../outside',
    'a/..',
    './a',
    '/outside/secret',
    '/root/a',
    'a//b',
    'a/',
    'a\0b',
    'a\nb',
    'x'.repeat(256),
    '日'.repeat(86),
    Array.from({ length: 20 }, () => 'y'.repeat(250)).join('/'),
  ])('refuses %j', async (relative) => {
    await expect(confine(fs, '/root', relative)).rejects.toEqual(badPath);
  });

  it.each([
    'out',
    'out/secret',
    'out/new',
    'up',
    'up/outside/secret',
    'dangling',
    'round',
    'secret',
    'in/../../secret',
  ])('does not follow %j out', async (relative) => {
    await expect(confine(fs, '/root', relative)).rejects.toMatchObject({
      code: expect.stringMatching(/^(not-allowed|bad-path)$/),
    });
  });

  it('says when a file is where a folder should be', async () => {
    await expect(confine(fs, '/root', 'plain/x')).rejects.toEqual(badPath);
  });

  it('works below a root that is named by a symbolic link', async () => {
    expect(await confine(fs, '/rooted', 'a/x')).toBe('/root/a/x');
    await expect(confine(fs, '/rooted', 'out/x')).rejects.toEqual(notAllowed);
  });

  it('needs the root to be there', async () => {
    await expect(confine(fs, '/missing', 'a')).rejects.toMatchObject({ code: 'not-found' });
  });

  it('gives nothing outside of the root, whatever is asked', async () => {
    const part = fc.constantFrom(
      'a',
      'b',
      '..',
      '.',
      '',
      'out',
      'up',
      'in',
      'self',
      'secret',
      'dangling',
      '-',
      '\0',
      '~',
      '...',
    );
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 7 }), async (parts) => {
        const path = await confine(fs, '/root', parts.join('/')).catch(() => undefined);
        if (path === undefined) return;
        expect(path.startsWith('/root/') || path === '/root').toBe(true);
        expect(path.split('/')).not.toContain('..');
        const real = await fs.realpath(path).catch(() => path);
        expect(real.startsWith('/root')).toBe(true);
      }),
    );
  });
});

describe('confineToRoots', () => {
  const roots = ['/root/a', '/rooted/in'];

  it.each([
    ['/root/a/x', '/root/a/x'],
    ['/rooted/in/x', '/root/a/b/x'],
    ['/root/a/..x', '/root/a/..x'],
  ])('%j is %j', async (path, expected) => {
    expect(await confineToRoots(fs, roots, path)).toBe(expected);
  });

  it.each(['/outside/x', '/root/x', '/root/a', '/root/a/../x', '/root/ab', '/'])(
    'does not allow %j',
    async (path) => {
      await expect(confineToRoots(fs, roots, path)).rejects.toEqual(notAllowed);
    },
  );

  it('names the roots, or says that there are none', async () => {
    await expect(confineToRoots(fs, roots, '/x')).rejects.toMatchObject({
      hint: 'They are: /root/a, /rooted/in',
    });
    await expect(confineToRoots(fs, [], '/x')).rejects.toMatchObject({
      hint: expect.stringMatching(/--root/),
    });
    await expect(confineToRoots(fs, roots, 'a')).rejects.toEqual(badPath);
  });
});
