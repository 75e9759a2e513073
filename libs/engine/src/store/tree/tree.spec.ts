import { describe, it, expect, beforeEach } from '@jest/globals';
import { FakeFileSystem, MemoryLocks, listing, makeSampleTree } from '#testing';
import type { FileId } from '#core';
import { Catalogue, RECORD_FOLDER } from '../catalogue.js';
import { copyChunks } from '../copy-chunks.js';
import type { ChunkStore, StoreEvent } from '../store.js';
import { digestTree, type DigestedTree } from './digest-tree.js';
import { treePathsOf } from './tree-paths.js';

const SOURCE = '/home/source';
const TARGET = '/home/copy';
const CHUNK = 1_024;

let fs: FakeFileSystem;
let events: StoreEvent[];
let catalogue: Catalogue;
let tree: DigestedTree;
let fileId: FileId;

const start = async (): Promise<void> => {
  catalogue = new Catalogue({
    ...{ dataFolder: '/state', fs, locks: new MemoryLocks() },
    later: () => () => undefined,
    report: (event) => void events.push(event),
  });
  await catalogue.start();
};
const restart = async (): Promise<void> => {
  await catalogue.stop();
  await start();
};
const publish = async (): Promise<ChunkStore> => {
  tree = await digestTree(SOURCE, { fs, chunkSize: CHUNK });
  ({ fileId } = tree.manifest);
  return catalogue.openComplete({ manifest: tree.manifest, path: SOURCE, name: 'source', tree });
};
const download = async (from: ChunkStore, force = false, target = TARGET): Promise<ChunkStore> => {
  const store = await catalogue.createPart({ manifest: from.manifest, target, force });
  await copyChunks(from, store);
  await store.publish();
  return store;
};
const fail = (code: string): unknown => expect.objectContaining({ code });
const readAll = async (store: ChunkStore): Promise<boolean> => {
  const into = Buffer.alloc(CHUNK);
  for (const chunk of store.chunks) {
    const read = await store.readInto(chunk, 0, into);
    if (!store.manifest.verify(chunk, into.subarray(0, read))) return false;
  }
  return true;
};

beforeEach(async () => {
  fs = new FakeFileSystem();
  events = [];
  await fs.makeFolder('/home');
  await makeSampleTree(fs, SOURCE);
  await start();
});

describe('a published tree', () => {
  it('is served from its folder, chunk by chunk, and after a restart without being read', async () => {
    expect(await readAll(await publish())).toBe(true);
    await restart();
    fs.faults.add('read', 'EIO', /^\/home/);
    const store = catalogue.get(fileId) as ChunkStore;
    expect(store).toMatchObject({ state: 'complete', path: SOURCE, name: 'source' });
    await expect(store.readInto(store.manifest.chunkCount - 1, 0, Buffer.alloc(9))).rejects.toEqual(
      fail('disk-failed'),
    );
    expect(events).toMatchObject([{ kind: 'retracted', fileId }]);
  });

  it('is taken back when one of its files changes, and says which', async () => {
    const store = await publish();
    fs.tamper(`${SOURCE}/sub/big`, (node) => node.content.write(Buffer.from('x'), 7));
    await expect(readAll(store)).rejects.toEqual(fail('file-changed'));
    expect(catalogue.get(fileId)).toBeUndefined();
    expect(events).toEqual([
      expect.objectContaining({ kind: 'retracted', reason: expect.stringMatching(/sub\/big/) }),
    ]);
  });

  it.each([
    ['is gone', () => fs.unlink(`${SOURCE}/a`)],
    ['was replaced', () => fs.rename(`${SOURCE}/empty`, `${SOURCE}/a`)],
    ['lies in a folder that was moved', () => fs.rename(`${SOURCE}/sub`, `${SOURCE}/moved`)],
  ])('is not served after a restart when a file of it %s', async (_, change) => {
    await publish();
    await change();
    await restart();
    expect(catalogue.get(fileId)).toBeUndefined();
    expect(events).toMatchObject([{ kind: 'retracted', fileId }]);
  });

  it('goes on when something is added to its folder', async () => {
    const store = await publish();
    fs.addFile(`${SOURCE}/new`, Buffer.from('new'));
    expect(await readAll(store)).toBe(true);
  });

  it('is digested again where nobody remembers how it looked, and refused when it changed', async () => {
    const { manifest } = await digestTree(SOURCE, { fs, chunkSize: CHUNK });
    expect(await readAll(await catalogue.openComplete({ manifest, path: SOURCE }))).toBe(true);
    fs.addFile(`${SOURCE}/new`, Buffer.from('new'));
    await expect(catalogue.openComplete({ manifest, path: SOURCE })).rejects.toEqual(fail('file-changed'));
  });

  it('is dropped, with a reason, when what knows it again is damaged', async () => {
    await publish();
    await catalogue.stop();
    const [name] = (await fs.list(`/state/${RECORD_FOLDER}`)).filter((one) => one.endsWith('.tree'));
    fs.tamper(`/state/${RECORD_FOLDER}/${name}`, (node) => node.content.write(Buffer.from('x'), 40));
    await start();
    expect(catalogue.get(fileId)).toBeUndefined();
    expect(events).toMatchObject([{ kind: 'trouble', error: { code: 'disk-failed' } }]);
  });

  it('is the same version wherever it lies', async () => {
    await makeSampleTree(fs, '/home/again');
    const [one, other] = [await digestTree(SOURCE, { fs }), await digestTree('/home/again', { fs })];
    expect(one.manifest).toEqual(other.manifest);
    await fs.setMode('/home/again/sub', 0o711);
    expect((await digestTree('/home/again', { fs })).manifest.sha256).not.toBe(one.manifest.sha256);
  });
});

describe('what cannot be published', () => {
  it.each([
    ['an absolute link', () => fs.createLink(`${SOURCE}/sub/bad`, '/etc/passwd')],
    ['a link that leads out', () => fs.createLink(`${SOURCE}/sub/bad`, '../../x')],
    ['a name with a line break', () => fs.createFolder(`${SOURCE}/sub/bad\n`)],
  ])('%s, and the message names it', async (_, add) => {
    await add();
    await expect(digestTree(SOURCE, { fs })).rejects.toMatchObject({
      code: 'bad-path',
      message: expect.stringContaining(`${SOURCE}/sub/bad`) as unknown,
    });
  });

  it('a file that changes while it is read', async () => {
    fs.addFile(`${SOURCE}/huge`, new Uint8Array(600 * 1_024)); // a small one would be read before
    const reading = digestTree(SOURCE, {
      fs,
      onProgress: () => fs.tamper(`${SOURCE}/huge`, (node) => node.content.write(Buffer.from('x'), 0)),
    });
    await expect(reading).rejects.toEqual(fail('file-changed'));
  });
});

describe('a downloaded tree', () => {
  it('has the same paths, modes, bytes and links, and goes on being served', async () => {
    const store = await download(await publish());
    expect(await listing(fs, TARGET)).toEqual(await listing(fs, SOURCE));
    expect(store).toMatchObject({ state: 'complete', path: TARGET });
    expect((await fs.stat(TARGET)).mode).toBe(fs.folderMode);
    expect(await readAll(store)).toBe(true);
    expect((await fs.list('/home')).sort()).toEqual(['copy', 'source']);
  });

  it('is held after a restart', async () => {
    await download(await publish());
    await restart();
    expect(
      catalogue
        .placesOf(fileId)
        .map(({ path }) => path)
        .sort(),
    ).toEqual([TARGET, SOURCE]);
    for (const place of catalogue.placesOf(fileId)) expect(await readAll(place)).toBe(true);
    expect(events).toEqual([]);
  });

  it('may be empty', async () => {
    await fs.removeAll(SOURCE);
    await fs.createFolder(SOURCE);
    await download(await publish());
    expect(await fs.list(TARGET)).toEqual([]);
  });

  it.each([
    ['a folder', () => fs.makeFolder(`${TARGET}/precious`)],
    ['an empty folder', () => fs.makeFolder(TARGET)],
    ['a file', async () => fs.addFile(TARGET, Buffer.from('precious'))],
    ['a link', async () => fs.addLink(TARGET, '/home/source')],
  ])('does not replace %s, but with force it does', async (_, make) => {
    const from = await publish();
    await make();
    await expect(download(from)).rejects.toEqual(fail('target-exists'));
    await download(from, true);
    expect(await listing(fs, TARGET)).toEqual(await listing(fs, SOURCE));
    expect((await fs.list('/home')).sort()).toEqual(['copy', 'source']);
  });

  it('does not replace what appears while it comes', async () => {
    const from = await publish();
    const store = await catalogue.createPart({ manifest: from.manifest, target: TARGET, force: false });
    await copyChunks(from, store);
    await fs.makeFolder(`${TARGET}/precious`);
    await expect(store.publish()).rejects.toEqual(fail('target-exists'));
    await fs.removeAll(TARGET);
    await store.publish();
    expect(await listing(fs, TARGET)).toEqual(await listing(fs, SOURCE));
  });

  it('never replaces the folder of the records', async () => {
    const from = await publish();
    await expect(download(from, true, '/state')).rejects.toEqual(fail('bad-path'));
  });

  it('is not fetched again where it lies already, known or not', async () => {
    const from = await publish();
    await makeSampleTree(fs, TARGET);
    const store = await catalogue.createPart({ manifest: from.manifest, target: TARGET, force: false });
    expect(store).toMatchObject({ state: 'complete', path: TARGET });
    expect(await readAll(store)).toBe(true);
  });

  it('asks for room for both copies', async () => {
    const large = new Catalogue({ dataFolder: '/other', fs, locks: new MemoryLocks(), smallFileBytes: 0 });
    await large.start();
    const { manifest } = await publish();
    fs.space = manifest.size + 1_000;
    await expect(large.createPart({ manifest, target: TARGET, force: false })).rejects.toEqual(
      fail('disk-full'),
    );
    fs.space = 2 * manifest.size + 4_096 * 10;
    await large.createPart({ manifest, target: TARGET, force: false });
  });

  it('that does not fit on the disk leaves the target as it was, and can be finished', async () => {
    const from = await publish();
    await fs.makeFolder(`${TARGET}/precious`);
    const store = await catalogue.createPart({ manifest: from.manifest, target: TARGET, force: true });
    await copyChunks(from, store);
    fs.faults.add('write', 'ENOSPC', /shoal-tree/);
    await expect(store.publish()).rejects.toEqual(fail('disk-full'));
    expect(await fs.list(TARGET)).toEqual(['precious']);
    await store.publish();
    expect(await listing(fs, TARGET)).toEqual(await listing(fs, SOURCE));
  });

  it('is refused when its index is not what the encoder makes', async () => {
    const { ContentHasher } = await import('#chunking');
    const bytes = Buffer.from('shoal-tree-1\0\0\0\0\x01 and garbage');
    const hasher = new ContentHasher(bytes.length, CHUNK, 'sha256', { indexBytes: bytes.length, files: 0 });
    hasher.update(bytes);
    const store = await catalogue.createPart({ manifest: hasher.finish(), target: TARGET, force: false });
    await store.write(0, bytes);
    await expect(store.publish()).rejects.toEqual(fail('bad-manifest'));
    await expect(fs.lstat(TARGET)).rejects.toEqual(fail('ENOENT'));
  });

  it('keeps what was moved aside when somebody else took the target meanwhile', async () => {
    const from = await publish();
    const { aside } = treePathsOf(fileId, TARGET);
    await fs.makeFolder(`${aside}/precious`);
    await fs.makeFolder(`${TARGET}/other`);
    await expect(download(from, true)).rejects.toMatchObject({
      code: 'target-exists',
      message: expect.stringContaining(aside) as unknown,
    });
    expect(await fs.list(aside)).toEqual(['precious']);
  });
});
