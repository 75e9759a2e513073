import { describe, expect, it } from '@jest/globals';
import { DROPPED_MS, type ManifestRegistry, type Registries, type UnpublishOrder } from '#registry';
import { fileIdFor, manifestOf } from './builders.js';

const song = manifestOf('la '.repeat(2_000));
const louder = manifestOf('LA '.repeat(2_000));
const NOW = 5_000;

/** What every ManifestRegistry does when names are taken away. */
export const unpublishContract = (make: () => Registries): void => {
  let requests = 0;
  const unpublish = (manifests: ManifestRegistry, more: Partial<UnpublishOrder> = {}) =>
    manifests.unpublish({
      name: 'music.txt',
      everywhere: false,
      requestId: `request ${++requests}`,
      now: NOW,
      ...more,
    });
  const withTwoVersions = async (): Promise<ManifestRegistry> => {
    const { manifests } = make();
    await manifests.publish('music.txt', song, 1);
    await manifests.publish('music.txt', louder, 2);
    return manifests;
  };

  describe('unpublishing', () => {
    it('takes a name away with all its versions', async () => {
      const manifests = await withTwoVersions();
      expect(await unpublish(manifests)).toEqual({
        removed: [
          { version: 1, fileId: song.fileId, gone: true },
          { version: 2, fileId: louder.fileId, gone: true },
        ],
        latest: undefined,
      });
      expect(await manifests.resolve({ name: 'music.txt' })).toBeUndefined();
      expect(await manifests.resolve({ fileId: song.fileId })).toBeUndefined();
      expect(await manifests.manifest(louder.fileId)).toBeUndefined();
      expect(await manifests.search('*', undefined, 10)).toEqual([]);
      expect(await manifests.publish('music.txt', song, 3)).toMatchObject({ kind: 'created' });
    });

    it('moves the latest back, and gives no number twice', async () => {
      const manifests = await withTwoVersions();
      expect(await unpublish(manifests, { version: 2 })).toEqual({
        removed: [{ version: 2, fileId: louder.fileId, gone: true }],
        latest: 1,
      });
      expect(await manifests.resolve({ name: 'music.txt' })).toMatchObject({ version: 1 });
      expect(await manifests.publish('music.txt', song, 3)).toMatchObject({ kind: 'unchanged' });
      expect(await manifests.publish('music.txt', louder, 4)).toMatchObject({
        kind: 'new-version',
        version: { version: 3 },
      });
    });

    it('leaves the latest alone when an older version goes', async () => {
      const manifests = await withTwoVersions();
      expect(await unpublish(manifests, { version: 1 })).toMatchObject({ latest: 2 });
      expect(await manifests.resolve({ name: 'music.txt' })).toMatchObject({ version: 2 });
      expect(await manifests.resolve({ name: 'music.txt', version: 1 })).toBeUndefined();
    });

    it('keeps content that another name points to', async () => {
      const manifests = await withTwoVersions();
      await manifests.publish('copy of it', louder, 3);
      const { removed } = await unpublish(manifests, { everywhere: true });
      expect(removed.map(({ gone }) => gone)).toEqual([true, false]);
      expect(await manifests.resolve({ fileId: louder.fileId })).toMatchObject({ name: 'copy of it' });
      expect(await manifests.dropped([song.fileId, louder.fileId], NOW)).toEqual([song.fileId]);
    });

    it('answers a repeated request as the first time, and another one that there is nothing', async () => {
      const manifests = await withTwoVersions();
      const first = await unpublish(manifests, { version: 2, requestId: 'again' });
      expect(await unpublish(manifests, { version: 2, requestId: 'again' })).toEqual(first);
      expect((await unpublish(manifests, { version: 2 })).removed).toEqual([]);
      expect((await unpublish(manifests, { name: 'other' })).removed).toEqual([]);
    });

    it('never loses a version that is published at the same time', async () => {
      const manifests = await withTwoVersions();
      const takes = Array.from({ length: 8 }, (_, number) => manifestOf(`take ${number}`));
      const published = takes.map((take) => manifests.publish('music.txt', take, 3));
      await Promise.all([...published, unpublish(manifests, { version: 1 })]);
      expect((await manifests.search('music.txt', undefined, 1))[0]).toHaveLength(9);
      expect(await manifests.resolve({ name: 'music.txt' })).toMatchObject({ version: 10 });
    });
  });

  describe('files that peers are to drop', () => {
    it('are those that went everywhere, until they are published again or long after', async () => {
      const manifests = await withTwoVersions();
      const both = [song.fileId, louder.fileId, fileIdFor('other')];
      expect(await manifests.dropped(both, NOW)).toEqual([]);
      await unpublish(manifests, { version: 1 });
      expect(await manifests.dropped(both, NOW)).toEqual([]);
      await unpublish(manifests, { version: 2, everywhere: true });
      expect(await manifests.dropped(both, NOW)).toEqual([louder.fileId]);
      expect(await manifests.dropped(both, NOW + DROPPED_MS + 1)).toEqual([]);
      await manifests.publish('back', louder, NOW);
      expect(await manifests.dropped(both, NOW)).toEqual([]);
      expect(await manifests.dropped([], NOW)).toEqual([]);
    });
  });
};
