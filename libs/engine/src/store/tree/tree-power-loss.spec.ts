import { describe, it, expect, beforeAll, jest } from '@jest/globals';
import { seededRandom } from '#core';
import { FakeFileSystem, MemoryLocks, listing, makeSampleTree, type Fate } from '#testing';
import { Catalogue } from '../catalogue.js';
import { digestTree, type DigestedTree } from './digest-tree.js';
import { treePathsOf } from './tree-paths.js';

/*
 * The download of a tree runs again and again; each time the power goes (or the process is killed) at another step of it.
 * Whatever happens, the old target or the tree is whole on the disk, never a mixture, and the next run completes it.
 */
jest.setTimeout(120_000);

const TARGET = '/home/copy';
const CHUNK = 1_024;
type What = Fate | 'killed';

let content: Buffer;
let tree: DigestedTree;
let wanted: string[];
let old: string[];

const newDisk = async (force: boolean): Promise<FakeFileSystem> => {
  const fs = new FakeFileSystem();
  await fs.makeFolder(force ? `${TARGET}/precious` : '/home');
  if (force) fs.addFile(`${TARGET}/precious/file`, Buffer.from('what was there before'));
  return fs;
};

const catalogueOn = (fs: FakeFileSystem): Catalogue =>
  new Catalogue({ dataFolder: '/state', fs, locks: new MemoryLocks(), later: () => () => undefined });

const download = async (fs: FakeFileSystem, force: boolean): Promise<void> => {
  const catalogue = catalogueOn(fs);
  await catalogue.start();
  const { manifest } = tree;
  const store = await catalogue.createPart({ manifest, target: TARGET, force });
  for (let chunk = 0; store.state !== 'complete' && chunk < manifest.chunkCount; chunk++) {
    const at = manifest.offsetOf(chunk);
    await store.write(chunk, content.subarray(at, at + manifest.lengthOf(chunk)));
  }
  await store.publish();
  await catalogue.stop();
};

const at = async (fs: FakeFileSystem, path: string): Promise<string[] | undefined> =>
  (await fs.lstat(path).catch(() => undefined)) === undefined ? undefined : listing(fs, path);

/** Straight from the disk, before anything mends it. */
const checkDisk = async (fs: FakeFileSystem, force: boolean): Promise<void> => {
  const found = await at(fs, TARGET);
  if (found !== undefined && found.join() === wanted.join()) return;
  if (!force) return expect(found).toBeUndefined();
  const aside = await at(fs, treePathsOf(tree.manifest.fileId, TARGET).aside);
  expect(found ?? aside).toEqual(old);
};

/** What is claimed after the next start is there; what was moved aside is back. */
const checkRestored = async (fs: FakeFileSystem, force: boolean): Promise<void> => {
  const catalogue = catalogueOn(fs);
  await catalogue.start();
  const store = catalogue.get(tree.manifest.fileId);
  const into = Buffer.alloc(CHUNK);
  for (const chunk of store?.chunks ?? []) {
    const read = await store?.readInto(chunk, 0, into);
    expect(tree.manifest.verify(chunk, into.subarray(0, read))).toBe(true);
  }
  await catalogue.stop();
  const found = await at(fs, TARGET);
  if (force || found !== undefined) expect([wanted, old]).toContainEqual(found);
};

/** False: the run ended before `step`. */
const crashAt = async (force: boolean, step: number, takesEffect: boolean, what: What): Promise<boolean> => {
  const fs = await newDisk(force);
  fs.faults.cutPowerAt(fs.faults.steps + step, takesEffect);
  await download(fs, force).catch(() => undefined);
  const crashed = fs.faults.isDark;
  const after = fs.restarted(what, seededRandom(step));
  await checkDisk(after, force);
  await checkRestored(after, force);
  await download(after, force);
  expect(await at(after, TARGET)).toEqual(wanted);
  expect(await after.list('/home')).toEqual(['copy']);
  return crashed;
};

beforeAll(async () => {
  const fs = new FakeFileSystem();
  await makeSampleTree(fs, '/source');
  tree = await digestTree('/source', { fs, chunkSize: CHUNK });
  wanted = await listing(fs, '/source');
  old = await listing(await newDisk(true), TARGET);
  const files = tree.index.files.map(({ path }) => fs.bytesOf(`/source/${path}`) as Uint8Array);
  content = Buffer.concat([tree.index.bytes, ...files]);
});

describe('the download of a tree that loses power', () => {
  it.each([
    ['is new', false],
    ['replaces a folder', true],
  ])('at every step: %s', async (_, force) => {
    const endings: [What, boolean][] = [
      ['nothing', false],
      ['some', true],
      ['some', false],
      ['killed', true],
    ];
    for (const [what, takesEffect] of endings) {
      let step = 1;
      while (await crashAt(force, step, takesEffect, what)) step++;
      expect(step).toBeGreaterThan(40);
    }
  });
});
