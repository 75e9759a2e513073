import { describe, expect, it } from '@jest/globals';
import type { Registries } from '#registry';
import { fileIdFor, manifestOf, treeManifestOf } from './builders.js';
import { unpublishContract } from './unpublish-contract.js';

const song = manifestOf('la '.repeat(2_000));
const louder = manifestOf('LA '.repeat(2_000));

/** What every ManifestRegistry does. `make` gives an empty one each time. */
export const manifestRegistryContract = (make: () => Registries): void => {
  describe('publishing', () => {
    it('makes version 1 and gives the manifest back as it was', async () => {
      const { manifests } = make();
      const published = await manifests.publish('music.txt', song, 5_000);
      const version = {
        name: 'music.txt',
        version: 1,
        fileId: song.fileId,
        size: song.size,
        sha256: song.sha256,
        chunkSize: 1_024,
        chunkCount: song.chunkCount,
        publishedAt: 5_000,
      };
      expect(published).toEqual({ kind: 'created', version });
      expect(await manifests.resolve({ name: 'music.txt' })).toEqual(version);
      expect((await manifests.manifest(song.fileId))?.toDocument()).toEqual(song.toDocument());
    });

    it('stores an empty file', async () => {
      const { manifests } = make();
      const empty = manifestOf('');
      await manifests.publish('empty', empty, 1);
      expect((await manifests.manifest(empty.fileId))?.toDocument()).toEqual(empty.toDocument());
    });

    it('makes a version of changed content, none of the same', async () => {
      const { manifests } = make();
      await manifests.publish('music.txt', song, 1);
      expect(await manifests.publish('music.txt', song, 2)).toMatchObject({
        kind: 'unchanged',
        version: { version: 1, publishedAt: 1 },
      });
      expect(await manifests.publish('music.txt', louder, 3)).toMatchObject({
        kind: 'new-version',
        version: { version: 2, fileId: louder.fileId },
      });
      expect(await manifests.publish('music.txt', song, 4)).toMatchObject({
        kind: 'new-version',
        version: { version: 3, fileId: song.fileId },
      });
    });

    it('keeps what a tree is, and never takes it for a file of the same bytes', async () => {
      const { manifests } = make();
      const text = 'a tree of few words';
      const tree = treeManifestOf(text);
      await manifests.publish('music', manifestOf(text), 1);
      const published = await manifests.publish('music', tree, 2);
      expect(published).toMatchObject({ kind: 'new-version', version: { tree: tree.tree } });
      expect((await manifests.manifest(tree.fileId))?.toDocument()).toEqual(tree.toDocument());
      expect((await manifests.publish('music', tree, 3)).kind).toBe('unchanged');
      expect((await manifests.search('music', undefined, 1))[0]?.map((row) => row.tree)).toEqual([
        undefined,
        tree.tree,
      ]);
    });

    it('gives each of many publishers at once a version of its own', async () => {
      const { manifests } = make();
      const contents = Array.from({ length: 8 }, (_, number) => manifestOf(`take ${number}`));
      const outcomes = await Promise.all(
        contents.map((content) => manifests.publish('music.txt', content, 1)),
      );
      const versions = outcomes.map(({ version }) => version.version).sort((a, b) => a - b);
      expect(versions).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    });
  });

  unpublishContract(make);

  describe('resolving', () => {
    it('knows the latest, a number, and a file id', async () => {
      const { manifests } = make();
      await manifests.publish('music.txt', song, 1);
      await manifests.publish('music.txt', louder, 2);
      expect((await manifests.resolve({ name: 'music.txt' }))?.fileId).toBe(louder.fileId);
      expect((await manifests.resolve({ name: 'music.txt', version: 1 }))?.fileId).toBe(song.fileId);
      expect(await manifests.resolve({ fileId: song.fileId })).toMatchObject({
        name: 'music.txt',
        version: 1,
      });
    });

    it('finds nothing where nothing is', async () => {
      const { manifests } = make();
      await manifests.publish('music.txt', song, 1);
      expect(await manifests.resolve({ name: 'other' })).toBeUndefined();
      expect(await manifests.resolve({ name: 'music.txt', version: 2 })).toBeUndefined();
      expect(await manifests.resolve({ fileId: fileIdFor('none') })).toBeUndefined();
      expect(await manifests.manifest(fileIdFor('none'))).toBeUndefined();
    });
  });

  describe('searching', () => {
    const names = ['Music.txt', 'mus', 'music.txt', 'music1.txt', 'muzak', 'm*s', 'été', '🎵.txt', '～'];
    const filled = async (): Promise<Registries['manifests']> => {
      const { manifests } = make();
      for (const name of names) await manifests.publish(name, song, 1);
      await manifests.publish('music.txt', louder, 2);
      return manifests;
    };
    const found = async (pattern: string, after?: string, limit = 100): Promise<string[]> =>
      (await (await filled()).search(pattern, after, limit)).map((versions) => versions[0]?.name as string);

    it.each([
      ['mus*', ['mus', 'music.txt', 'music1.txt']],
      ['music?.txt', ['music1.txt']],
      ['*.txt', ['Music.txt', 'music.txt', 'music1.txt', '🎵.txt']],
      ['?.txt', ['🎵.txt']],
      ['é*', ['été']],
      ['music.txt', ['music.txt']],
      ['m*s', ['m*s', 'mus']],
      ['*', ['Music.txt', 'm*s', 'mus', 'music.txt', 'music1.txt', 'muzak', 'été', '～', '🎵.txt']],
      ['nothing*', []],
      ['nothing', []],
    ])('%s', async (pattern, expected) => {
      expect(await found(pattern)).toEqual(expected);
    });

    it('goes on after a name', async () => {
      expect(await found('mus*', undefined, 2)).toEqual(['mus', 'music.txt']);
      expect(await found('mus*', 'music.txt', 2)).toEqual(['music1.txt']);
      expect(await found('mus*', 'a')).toEqual(['mus', 'music.txt', 'music1.txt']);
      expect(await found('mus*', 'z')).toEqual([]);
      expect(await found('mus', 'mus')).toEqual([]);
      expect(await found('mus', 'lus')).toEqual(['mus']);
    });

    it('lists every version of a name, ascending', async () => {
      const rows = await (await filled()).search('music.txt', undefined, 1);
      expect(rows.map((row) => row.map(({ version, fileId }) => [version, fileId]))).toEqual([
        [
          [1, song.fileId],
          [2, louder.fileId],
        ],
      ]);
    });
  });
};
