import { beforeEach, describe, expect, it } from '@jest/globals';
import { FakeFileSystem, MemoryLocks, sampleFile } from '#testing';
import { placesIn } from './places.js';
import { Catalogue } from './store/catalogue.js';
import type { ChunkStore } from './store/store.js';

const FILE = sampleFile(3_500);
const { fileId } = FILE.manifest;

describe('places in a folder', () => {
  let fs: FakeFileSystem;
  let catalogue: Catalogue;

  beforeEach(async () => {
    fs = new FakeFileSystem();
    for (const folder of ['/data', '/data/placed', '/home']) await fs.makeFolder(folder);
    catalogue = new Catalogue({
      dataFolder: '/data',
      fs,
      locks: new MemoryLocks(),
      later: () => () => undefined,
    });
    await catalogue.start();
  });

  /** A place with chunks 0 to `end`. */
  const filled = async (target: string, end: number): Promise<ChunkStore> => {
    const only = [{ start: 0, end }];
    const store = await catalogue.createPart({ manifest: FILE.manifest, target, force: false, only });
    for (let chunk = 0; chunk < end; chunk++) await store.write(chunk, FILE.chunk(chunk));
    await (store.chunks.isFull ? store.publish() : store.pause());
    return store;
  };
  const placed = (usedAt?: number) => placesIn(catalogue, '/data/placed', () => usedAt);

  it('are those directly in it, with what lies nowhere else', async () => {
    await filled('/data/placed/x', 3);
    await filled('/home/mine', 2);
    expect(placed(77)).toMatchObject([
      {
        ...{ fileId, target: '/data/placed/x', bytes: 3 * 1_024, busy: false, unfinished: false, usedAt: 77 },
        ...{ ranges: [{ start: 0, end: 3 }], only: [{ start: 2, end: 3 }] },
      },
    ]);
  });

  it('are busy while they are filled, and then not removed', async () => {
    const only = [{ start: 0, end: 1 }];
    const target = '/data/placed/x';
    const store = await catalogue.createPart({ manifest: FILE.manifest, target, force: false, only });
    expect(placed()).toMatchObject([{ busy: true }]);
    expect(await catalogue.remove(fileId, target)).toBe(false);
    await store.pause();
    expect(await catalogue.remove(fileId, target)).toBe(true);
    expect(placed()).toEqual([]);
  });

  it.each([
    ['some chunks', 2],
    ['all of a file', 4],
  ])('with %s are removed with their bytes; another place of the file stays', async (_what, end) => {
    await filled('/home/mine', 4);
    const { path } = await filled('/data/placed/x', end);
    expect((await fs.lstat(path)).kind).toBe('file');
    expect(await catalogue.remove(fileId, '/data/placed/x')).toBe(true);
    await expect(fs.lstat(path)).rejects.toMatchObject({ code: 'ENOENT' });
    expect((await fs.lstat('/home/mine')).kind).toBe('file');
    expect(catalogue.placesOf(fileId)).toHaveLength(1);
    expect(await catalogue.remove(fileId, '/data/placed/x')).toBe(false);
  });
});
