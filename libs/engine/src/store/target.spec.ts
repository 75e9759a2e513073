import { describe, it, expect, beforeEach } from '@jest/globals';
import { FakeFileSystem } from '#testing';
import type { FileDetails } from './file-system.js';
import { checkReplaceable, detailsAt, resolveTarget } from './target.js';

let fs: FakeFileSystem;
beforeEach(async () => {
  fs = new FakeFileSystem();
  await fs.makeFolder('/data/folder');
  fs.addFile('/data/file', Buffer.from('x'));
  fs.addLink('/data/link', '/data/file');
  fs.addLink('/short', '/data');
});

describe('resolveTarget', () => {
  it('resolves the folder, not the name', async () => {
    expect(await resolveTarget(fs, '/short/link')).toBe('/data/link');
    expect(await resolveTarget(fs, '/data/folder/../new')).toBe('/data/new');
    expect(await resolveTarget(fs, `/data/${'日'.repeat(85)}`)).toBe(`/data/${'日'.repeat(85)}`);
  });

  it.each([
    ['relative', 'new', 'bad-path', undefined],
    ['a folder by its slash', '/data/', 'bad-path', /not a folder/],
    ['a parent that is missing', '/data/missing/new', 'bad-path', /mkdir -p '\/data\/missing'/],
    ['a parent that is a file', '/data/file/new', 'bad-path', undefined],
    ['a name of 256 bytes', `/data/${'x'.repeat(256)}`, 'bad-name', undefined],
    ['a name with NUL', '/data/a\0b', 'bad-name', undefined],
    ['a folder with NUL', '/data\0/ab', 'bad-path', undefined],
    ['the folder above', '/data/..', 'bad-name', undefined],
  ])('refuses %s', async (_, target, code, hint) => {
    const error = await resolveTarget(fs, target).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code });
    if (hint !== undefined) expect(error).toMatchObject({ hint: expect.stringMatching(hint) });
  });
});

describe('checkReplaceable', () => {
  const check = async (target: string, force: boolean): Promise<void> =>
    checkReplaceable(target, (await detailsAt(fs, target)) as FileDetails, force);

  it('is asked only of names that are taken', async () => {
    expect(await detailsAt(fs, '/data/new')).toBeUndefined();
    await expect(detailsAt(fs, '/data/file/x')).rejects.toMatchObject({ code: 'bad-path' });
  });

  it.each(['/data/file', '/data/link'])('keeps %s unless forced', async (target) => {
    await expect(check(target, false)).rejects.toMatchObject({
      code: 'target-exists',
      hint: expect.stringMatching(/--force/),
    });
    await expect(check(target, true)).resolves.toBeUndefined();
  });

  it('never takes a folder for a target', async () => {
    await expect(check('/data/folder', true)).rejects.toMatchObject({ code: 'bad-path' });
  });
});
