import { describe, it, expect, beforeEach } from '@jest/globals';
import { FakeFileSystem } from '#testing';
import type { OpenFile } from './file-system.js';
import { OpenFiles } from './open-files.js';

let fs: FakeFileSystem;
beforeEach(() => {
  fs = new FakeFileSystem();
  for (const name of ['/a', '/b', '/c']) fs.addFile(name, Buffer.from(name));
});

const isOpen = (file: OpenFile): Promise<boolean> =>
  file.stat().then(
    () => true,
    () => false,
  );
const keep = async (file: OpenFile): Promise<OpenFile> => file;

describe('OpenFiles', () => {
  it('opens a file once', async () => {
    const files = new OpenFiles(fs, 2);
    expect(await files.use('/a', keep)).toBe(await files.use('/a', keep));
  });

  it('closes what was used longest ago when there are too many', async () => {
    const files = new OpenFiles(fs, 2);
    const a = await files.use('/a', keep);
    const b = await files.use('/b', keep);
    await files.use('/a', keep);
    await files.use('/c', keep);
    expect([await isOpen(a), await isOpen(b)]).toEqual([true, false]);
  });

  it('closes nothing that is in use', async () => {
    const files = new OpenFiles(fs, 1);
    await files.use('/a', async (a) => {
      await files.use('/b', keep);
      expect(await isOpen(a)).toBe(true);
    });
  });

  it('opens a dropped file anew, once its users are done', async () => {
    const files = new OpenFiles(fs);
    const old = await files.use('/a', async (a) => {
      await files.drop('/a');
      expect(await isOpen(a)).toBe(true);
      return a;
    });
    expect(await isOpen(old)).toBe(false);
    expect(await files.use('/a', keep)).not.toBe(old);
  });

  it('tries again after a file could not be opened', async () => {
    const files = new OpenFiles(fs);
    await expect(files.use('/d', keep)).rejects.toMatchObject({ code: 'ENOENT' });
    fs.addFile('/d', Buffer.from('d'));
    expect(await isOpen(await files.use('/d', keep))).toBe(true);
  });

  it('closes all', async () => {
    const files = new OpenFiles(fs);
    const a = await files.use('/a', keep);
    await files.close();
    expect(await isOpen(a)).toBe(false);
  });
});
