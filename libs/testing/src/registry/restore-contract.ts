import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Manifest } from '#chunking';
import type { NameFact, Registries, Restored } from '#registry';
import { RESTORE_WINDOW_MS } from '#registry';
import { manifestOf } from './builders.js';

const song = manifestOf('la '.repeat(2_000));
const louder = manifestOf('LA '.repeat(2_000));
const contents = ['a', 'b', 'c', 'd'].map((text) => manifestOf(text.repeat(3_000)));
const NOW = 10_000_000;
const BEFORE = 'the-registry-before';

const fact = (manifest: Manifest, more: Partial<NameFact> = {}): NameFact => ({
  ...{ name: 'music.txt', version: 1, fileId: manifest.fileId, publishedAt: 1_000, learntIn: BEFORE },
  ...more,
});

/** What every ManifestRegistry does when peers give names back. `make` gives an empty one each time. */
export const restoreContract = (make: () => Registries, { runs }: { runs: number }): void => {
  const restore = (
    { manifests }: Registries,
    manifest: Manifest,
    more: Partial<NameFact> = {},
    now = NOW,
  ): Promise<Restored> => manifests.restore([fact(manifest, more)], manifest, now);
  const outcome = async (...args: Parameters<typeof restore>): Promise<string | undefined> =>
    (await restore(...args)).outcomes[0];
  const remove = (registries: Registries, everywhere = false, name = 'music.txt') =>
    registries.manifests.unpublish({ name, everywhere, requestId: name, now: NOW });

  describe('the identity of a registry', () => {
    it('begins once and stays', async () => {
      const { identity, manifests } = make();
      const life = await identity.current(5);
      expect(life.began).toBe(5);
      expect(await identity.current(9)).toEqual(life);
      expect((await manifests.restore([fact(song)], undefined, NOW)).registry).toBe(life.id);
      expect((await make().identity.current(5)).id).not.toBe(life.id);
    });
  });

  describe('restoring names', () => {
    it('wants what it does not know, and takes it with its manifest', async () => {
      const registries = make();
      const { manifests } = registries;
      const second = { version: 2, publishedAt: 2_000 };
      const asked = await manifests.restore([fact(song), fact(louder, second)], undefined, NOW);
      expect(asked.outcomes).toEqual(['wanted', 'wanted']);
      expect(await manifests.resolve({ name: 'music.txt' })).toBeUndefined();
      expect(await outcome(registries, louder, second)).toBe('restored');
      expect(await outcome(registries, song)).toBe('restored');
      expect(await outcome(registries, song)).toBe('known');
      expect(await manifests.resolve({ name: 'music.txt' })).toMatchObject({
        ...{ version: 2, fileId: louder.fileId, publishedAt: 2_000, chunkCount: louder.chunkCount },
      });
      expect(await manifests.resolve({ name: 'music.txt', version: 1 })).toMatchObject({
        fileId: song.fileId,
      });
      expect((await manifests.manifest(song.fileId))?.toDocument()).toEqual(song.toDocument());
      expect((await manifests.search('*', undefined, 9)).flat()).toHaveLength(2);
    });

    it('numbers go on after the highest', async () => {
      const registries = make();
      await restore(registries, song, { version: 7 });
      expect(await registries.manifests.publish('music.txt', song, NOW)).toMatchObject({ kind: 'unchanged' });
      expect(await registries.manifests.publish('music.txt', louder, NOW)).toMatchObject({
        version: { version: 8 },
      });
      expect(await registries.manifests.resolve({ name: 'music.txt' })).toMatchObject({ version: 8 });
    });

    it('never replaces what was published since, which stays the latest', async () => {
      const registries = make();
      await registries.manifests.publish('music.txt', louder, 500);
      expect(await outcome(registries, song)).toBe('conflict');
      expect(await outcome(registries, song, { version: 2 })).toBe('restored');
      expect(await registries.manifests.resolve({ name: 'music.txt' })).toMatchObject({
        ...{ version: 1, fileId: louder.fileId },
      });
      expect(await registries.manifests.publish('music.txt', louder, NOW)).toMatchObject({
        kind: 'unchanged',
      });
    });

    it('of two files for one version the one published last stays, in the first hour', async () => {
      const registries = make();
      expect(await outcome(registries, song)).toBe('restored');
      expect(await outcome(registries, louder, { publishedAt: 2_000 })).toBe('restored');
      expect(await outcome(registries, song)).toBe('conflict');
      expect(await registries.manifests.resolve({ fileId: song.fileId })).toBeUndefined();
      expect(await registries.manifests.manifest(song.fileId)).toBeUndefined();
      const late = NOW + RESTORE_WINDOW_MS + 1;
      expect(await outcome(registries, song, { publishedAt: 3_000 }, late)).toBe('conflict');
      expect(await outcome(registries, song, { version: 2 }, late)).toBe('restored');
    });

    it('does not believe in the future', async () => {
      expect(await outcome(make(), song, { publishedAt: NOW + 3_600_000 })).toBe('conflict');
    });

    it('does not bring back what was removed', async () => {
      const registries = make();
      await restore(registries, song);
      await restore(registries, louder, { version: 2 });
      await remove(registries);
      expect(await outcome(registries, song)).toBe('removed');
      expect(await outcome(registries, louder, { version: 2 })).toBe('removed');
      expect(await outcome(registries, louder, { version: 3 })).toBe('restored');
    });

    it('nor files that are to be dropped, nor what this registry knew and knows no more', async () => {
      const registries = make();
      await registries.manifests.publish('music.txt', song, 5);
      await remove(registries, true);
      expect(await outcome(registries, song, { name: 'copy' })).toBe('removed');
      const { id } = await registries.identity.current(NOW);
      expect(await outcome(registries, louder, { name: 'other', learntIn: id })).toBe('removed');
    });

    it('ends the same in whatever order and however often they come', async () => {
      const anyFact = fc
        .record({
          of: fc.nat(contents.length - 1),
          name: fc.constantFrom('x', 'y'),
          version: fc.integer({ min: 1, max: 3 }),
          publishedAt: fc.integer({ min: 1, max: 4 }),
        })
        .map(({ of, ...more }) => ({ manifest: contents[of] as Manifest, more }));
      const endOf = async (facts: readonly { manifest: Manifest; more: Partial<NameFact> }[]) => {
        const registries = make();
        for (const { manifest, more } of facts) await restore(registries, manifest, more);
        const { manifests } = registries;
        return {
          names: await manifests.search('*', undefined, 10),
          latest: await Promise.all(['x', 'y'].map((name) => manifests.resolve({ name }))),
          files: await Promise.all(contents.map(({ fileId }) => manifests.resolve({ fileId }))),
          manifests: await Promise.all(
            contents.map(async ({ fileId }) => (await manifests.manifest(fileId)) !== undefined),
          ),
          next: (await manifests.publish('x', song, NOW)).version.version,
        };
      };
      const orders = fc
        .array(anyFact, { maxLength: 10 })
        .chain((facts) =>
          fc.tuple(
            fc.constant(facts),
            fc.shuffledSubarray([...facts, ...facts], { minLength: 2 * facts.length }),
          ),
        );
      await fc.assert(
        fc.asyncProperty(orders, async ([facts, again]) => {
          expect(await endOf(again)).toEqual(await endOf(facts));
        }),
        { numRuns: runs },
      );
    }, 60_000);
  });
};
