import { describe, it, expect, beforeEach, jest } from '@jest/globals';
import { FakeFileSystem, MemoryLocks, sampleFile, type SampleFile } from '#testing';
import { Catalogue } from './catalogue.js';
import type { ChunkStore, StoreEvent } from './store.js';

const file = sampleFile(3_500);
const { manifest } = file;
const { fileId } = manifest;
const target = '/home/music.txt';

/** 0: nothing is small. */
let smallFileBytes: number;
let fs: FakeFileSystem;
let locks: MemoryLocks;
let events: StoreEvent[];
let catalogue: Catalogue;

const newCatalogue = (): Catalogue =>
  new Catalogue({
    ...{ dataFolder: '/state', fs, locks, smallFileBytes },
    later: () => () => undefined,
    report: (event) => void events.push(event),
  });
/** Another process (or the same after a restart) on the same disk; the one before is dead. */
const restart = async (): Promise<void> => {
  locks = new MemoryLocks();
  catalogue = newCatalogue();
  await catalogue.start();
};
const fail = (code: string): unknown => expect.objectContaining({ code });
const textOf = (path: string): string | undefined => {
  const bytes = fs.bytesOf(path);
  return bytes && Buffer.from(bytes).toString('latin1');
};
const whole = ({ bytes }: SampleFile): string => Buffer.from(bytes).toString('latin1');
const fill = async (
  store: ChunkStore,
  chunks: Iterable<number> = store.wanted,
  from = file,
): Promise<void> => {
  for (const chunk of chunks) await store.write(chunk, from.chunk(chunk));
};
const deliver = async (path = target, force = false): Promise<ChunkStore> => {
  const store = await catalogue.createPart({ manifest, target: path, force, name: 'music.txt' });
  await fill(store);
  await store.publish();
  return store;
};
const addComplete = async (path = '/home/original'): Promise<ChunkStore> => {
  fs.addFile(path, file.bytes);
  return catalogue.openComplete({ manifest, path, name: 'music.txt' });
};
const read = async (store: ChunkStore, chunk: number): Promise<Uint8Array> => {
  const into = Buffer.alloc(2_000);
  return into.subarray(0, await store.readInto(chunk, 0, into));
};

beforeEach(async () => {
  smallFileBytes = 0;
  fs = new FakeFileSystem();
  locks = new MemoryLocks();
  events = [];
  await fs.makeFolder('/home');
  catalogue = newCatalogue();
  await catalogue.start();
});

describe('a download', () => {
  it('becomes the file, and is served from there', async () => {
    const store = await catalogue.createPart({ manifest, target, force: false });
    expect(store).toMatchObject({ state: 'downloading', target });
    expect(await fs.list('/home')).toEqual([
      expect.stringMatching(/^\.[0-9a-f]{16}-[0-9a-f]{10}\.shoal-part$/),
    ]);
    await fill(store);
    await store.checkpoint();
    await store.publish();
    expect(store).toMatchObject({ state: 'complete', path: target });
    expect(textOf(target)).toBe(whole(file));
    expect(await fs.list('/home')).toEqual(['music.txt']);
    expect(await fs.list('/state/catalogue')).toEqual([`${fileId}.json`]);
    expect(await read(store, 3)).toEqual(Buffer.from(file.chunk(3)));
  });

  it('serves what it has, and only that, while it goes on', async () => {
    const store = await catalogue.createPart({ manifest, target, force: false });
    await fill(store, [1]);
    expect(await read(store, 1)).toEqual(Buffer.from(file.chunk(1)));
    const into = Buffer.alloc(10);
    expect(await store.readInto(1, 1_020, into)).toBe(4);
    for (const [chunk, offset] of [
      [0, 0],
      [4, 0],
      [-1, 0],
      [1, 1_024],
      [1, -1],
      [1, 0.5],
    ] as const) {
      await expect(store.readInto(chunk, offset, into)).rejects.toEqual(fail('chunk-out-of-range'));
    }
  });

  it('takes only whole chunks of its own', async () => {
    const store = await catalogue.createPart({ manifest, target, force: false });
    await expect(store.write(0, file.chunk(0).subarray(1))).rejects.toEqual(fail('bad-size'));
    await expect(store.write(4, file.chunk(0))).rejects.toEqual(fail('chunk-out-of-range'));
    await expect(store.publish()).rejects.toEqual(fail('internal'));
    expect(store.chunks.isEmpty).toBe(true);
  });

  it('of an empty file is complete at once', async () => {
    const empty = sampleFile(0);
    const store = await catalogue.createPart({ manifest: empty.manifest, target, force: false });
    expect(store.chunks.isFull).toBe(true);
    await store.publish();
    expect(fs.bytesOf(target)).toHaveLength(0);
  });

  it('that gets a chunk twice at once writes it once: a late write would change the delivered file', async () => {
    const store = await catalogue.createPart({ manifest, target, force: false });
    await fill(store, [0, 1, 2]);
    const calls = jest.spyOn(fs.faults, 'run');
    const twice = [store.write(3, file.chunk(3)), store.write(3, Uint8Array.from(file.chunk(3)))];
    await Promise.all(twice);
    expect(calls.mock.calls.filter(([operation]) => operation === 'write')).toHaveLength(1);
    await store.publish();
    expect(await read(store, 3)).toEqual(Buffer.from(file.chunk(3)));
  });

  it('can be published only once, and written to no more', async () => {
    const store = await deliver();
    await store.publish();
    await store.write(0, file.chunk(0));
    await store.checkpoint();
    expect(textOf(target)).toBe(whole(file));
    expect(events).toEqual([]);
  });
});

describe('a target', () => {
  it('that exists is kept', async () => {
    fs.addFile(target, Buffer.from('mine'));
    await expect(catalogue.createPart({ manifest, target, force: false })).rejects.toEqual(
      fail('target-exists'),
    );
    expect(catalogue.list()).toEqual([]);
    expect(await fs.list('/home')).toEqual(['music.txt']);
    expect(await fs.list('/state/catalogue')).toEqual([]);
  });

  it.each([true, false])(
    'that appears meanwhile is kept (hard links: %s), and the part with it',
    async (links) => {
      fs.hasHardLinks = links;
      const store = await catalogue.createPart({ manifest, target, force: false });
      await fill(store);
      fs.addFile(target, Buffer.from('mine'));
      await expect(store.publish()).rejects.toEqual(fail('target-exists'));
      expect(textOf(target)).toBe('mine');
      expect(store).toMatchObject({ state: 'downloading' });
      await fs.unlink(target);
      await store.publish();
      expect(textOf(target)).toBe(whole(file));
    },
  );

  it('is replaced by force, in one step', async () => {
    fs.addFile(target, Buffer.from('mine'));
    await deliver(target, true);
    expect(textOf(target)).toBe(whole(file));
  });

  it('that is a symbolic link is replaced, not what it leads to', async () => {
    fs.addFile('/precious', Buffer.from('mine'));
    fs.addLink(target, '/precious');
    await expect(catalogue.createPart({ manifest, target, force: false })).rejects.toEqual(
      fail('target-exists'),
    );
    await deliver(target, true);
    expect([textOf('/precious'), textOf(target)]).toEqual(['mine', whole(file)]);
  });

  it('that is a folder, or becomes one, is refused also with force', async () => {
    await fs.makeFolder('/home/folder');
    await expect(catalogue.createPart({ manifest, target: '/home/folder', force: true })).rejects.toEqual(
      fail('bad-path'),
    );
    const store = await catalogue.createPart({ manifest, target, force: true });
    await fill(store);
    await fs.makeFolder(target);
    await expect(store.publish()).rejects.toEqual(fail('bad-path'));
    expect(store.state).toBe('downloading');
  });

  it('takes one download at a time, under whatever name of its folder', async () => {
    fs.addLink('/short', '/home');
    const other = sampleFile(100, 1_024, 2);
    await catalogue.createPart({ manifest, target, force: false });
    for (const second of [manifest, other.manifest]) {
      const order = { manifest: second, target: '/short/music.txt', force: false };
      await expect(catalogue.createPart(order)).rejects.toEqual(fail('target-in-use'));
    }
    const both = [1, 2].map(() => catalogue.createPart({ manifest, target: '/home/other', force: false }));
    expect((await Promise.allSettled(both)).map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
  });

  it('is not filled by two processes', async () => {
    await catalogue.createPart({ manifest, target, force: false });
    const other = new Catalogue({
      dataFolder: '/elsewhere',
      fs,
      locks,
      smallFileBytes,
      later: () => () => undefined,
    });
    await other.start();
    await expect(other.createPart({ manifest, target, force: false })).rejects.toMatchObject({
      code: 'target-in-use',
      message: expect.stringContaining(String(MemoryLocks.PID)),
    });
    expect(other.list()).toEqual([]);
  });

  it('that has the file already needs no download', async () => {
    fs.addFile(target, file.bytes);
    const store = await catalogue.createPart({ manifest, target, force: false });
    expect(store).toMatchObject({ state: 'complete', path: target });
    expect(await catalogue.createPart({ manifest, target, force: true })).toBe(store);
  });

  it('of the same size with other content is in the way', async () => {
    const other = Uint8Array.from(file.bytes);
    other[3_400] = (other[3_400] as number) ^ 1;
    fs.addFile(target, other);
    await expect(catalogue.createPart({ manifest, target, force: false })).rejects.toEqual(
      fail('target-exists'),
    );
  });
});

describe('a full or failing disk', () => {
  it('is noticed before a download begins, others counted', async () => {
    fs.space = 6_000;
    await catalogue.createPart({ manifest, target, force: false });
    const second = catalogue.createPart({ manifest, target: '/home/second', force: false });
    await expect(second).rejects.toMatchObject({
      code: 'disk-full',
      message: expect.stringMatching(
        /3\.42 KiB are needed in \/home, 5\.86 KiB are free, .*3\.42 KiB.*: 1000 B are missing/,
      ),
    });
    expect(catalogue.list()).toHaveLength(1);
    expect(await fs.list('/home')).toHaveLength(1);
  });

  it('counts downloads that begin at the same moment', async () => {
    fs.space = 8_000;
    const orders = ['/home/1', '/home/2', '/home/3'].map((path) =>
      catalogue.createPart({ manifest, target: path, force: false }),
    );
    const outcomes = await Promise.allSettled(orders);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
  });

  it('counts only what is missing', async () => {
    const store = await catalogue.createPart({ manifest, target, force: false });
    await fill(store, [0, 1, 2]);
    fs.space = 4_000;
    await expect(catalogue.createPart({ manifest, target: '/home/2', force: false })).resolves.toBeDefined();
  });

  it('is not asked where it does not say', async () => {
    fs.space = undefined;
    await expect(catalogue.createPart({ manifest, target, force: false })).resolves.toBeDefined();
  });

  it.each([
    ['ENOSPC', 'disk-full'],
    ['EDQUOT', 'disk-full'],
    ['EIO', 'disk-failed'],
  ])('%s at a write is %s and costs that chunk only', async (code, expected) => {
    const store = await catalogue.createPart({ manifest, target, force: false });
    fs.faults.add('write', code, /shoal-part/);
    await expect(store.write(0, file.chunk(0))).rejects.toEqual(fail(expected));
    expect(store.chunks.isEmpty).toBe(true);
    await fill(store);
    await store.publish();
    expect(textOf(target)).toBe(whole(file));
  });

  it('gives up chunks after a failed fsync, says which, and takes them again', async () => {
    const store = await catalogue.createPart({ manifest, target, force: false });
    await fill(store, [0]);
    await store.checkpoint();
    await fill(store, [2, 3]);
    fs.faults.add('sync', 'EIO', /shoal-part/);
    await expect(store.checkpoint()).rejects.toEqual(fail('disk-failed'));
    expect([...store.chunks]).toEqual([0]);
    expect(events).toEqual([
      expect.objectContaining({ kind: 'chunks-lost', fileId, ranges: [{ start: 2, end: 4 }] }),
    ]);
    await fill(store);
    await store.publish();
    expect(store.state).toBe('complete');
  });

  it('loses nothing when a bitmap cannot be written', async () => {
    const store = await catalogue.createPart({ manifest, target, force: false });
    await fill(store, [0]);
    fs.faults.add('write', 'ENOSPC', /bitmap/);
    await expect(store.checkpoint()).rejects.toEqual(fail('disk-full'));
    expect([...store.chunks]).toEqual([0]);
    await store.checkpoint();
    await restart();
    expect([...(catalogue.get(fileId)?.chunks ?? [])]).toEqual([0]);
  });

  it('leaves nothing behind when a part file cannot be made', async () => {
    fs.faults.add('truncate', 'EFBIG');
    await expect(catalogue.createPart({ manifest, target, force: false })).rejects.toEqual(fail('disk-full'));
    expect([catalogue.list(), await fs.list('/home'), await fs.list('/state/catalogue')]).toEqual([
      [],
      [],
      [],
    ]);
    await expect(catalogue.createPart({ manifest, target, force: false })).resolves.toBeDefined();
  });

  it('does not use a part file of somebody else', async () => {
    const part = (await catalogue.createPart({ manifest, target, force: false })).path;
    await catalogue.forget(fileId);
    fs.addFile(part, new Uint8Array(3_500), 666);
    await expect(catalogue.createPart({ manifest, target, force: false })).rejects.toEqual(
      fail('not-allowed'),
    );
    expect(fs.bytesOf(part)).toBeDefined();
  });
});

describe('an interrupted download', () => {
  const start = async (chunks: number[], checkpoint: boolean): Promise<void> => {
    const store = await catalogue.createPart({ manifest, target, force: false, name: 'music.txt' });
    await fill(store, chunks);
    if (checkpoint) await store.checkpoint();
  };

  it('is served after a restart and taken up again', async () => {
    await start([0, 2], true);
    await catalogue.stop();
    await restart();
    const held = catalogue.get(fileId) as ChunkStore;
    expect(held).toMatchObject({ state: 'partial', name: 'music.txt', target });
    expect(await read(held, 2)).toEqual(Buffer.from(file.chunk(2)));
    const store = await catalogue.createPart({ manifest, target, force: false });
    expect([...store.chunks]).toEqual([0, 2]);
    expect(store).toBe(held);
    await fill(store);
    await store.publish();
    expect(textOf(target)).toBe(whole(file));
  });

  it('is not read again after it was stopped properly', async () => {
    await start([0, 2], false);
    await catalogue.stop();
    fs.faults.add('read', 'EIO', /shoal-part/, 1_000);
    await restart();
    expect([...(catalogue.get(fileId)?.chunks ?? [])]).toEqual([0, 2]);
  });

  it('keeps chunks of after the last checkpoint when the process is killed', async () => {
    await start([0], true);
    await fill(catalogue.get(fileId) as ChunkStore, [1, 3]);
    await restart();
    expect([...(catalogue.get(fileId)?.chunks ?? [])]).toEqual([0, 1, 3]);
  });

  it('does not believe bytes that no bitmap vouches for', async () => {
    await start([0, 1], false);
    const { path } = catalogue.get(fileId) as ChunkStore;
    fs.tamper(path, ({ content }) => content.write(Buffer.from([1, 2, 3]), 1_030));
    await restart();
    expect([...(catalogue.get(fileId)?.chunks ?? [])]).toEqual([0]);
  });

  it('is found again even when the data folder is lost', async () => {
    await start([0, 3], true);
    catalogue = new Catalogue({
      dataFolder: '/new',
      fs,
      locks: new MemoryLocks(),
      later: () => () => undefined,
    });
    await catalogue.start();
    const store = await catalogue.createPart({ manifest, target, force: false });
    expect([...store.chunks]).toEqual([0, 3]);
  });

  it('that was cut is checked from the start', async () => {
    await start([0, 1, 2, 3], true);
    await catalogue.stop();
    const part = `/home/${(await fs.list('/home'))[0]}`;
    fs.tamper(part, ({ content }) => content.truncate(2_100));
    await restart();
    expect([...(catalogue.get(fileId)?.chunks ?? [])]).toEqual([0, 1]);
  });

  it('whose part was deleted or replaced is dropped, with a word', async () => {
    await start([0], true);
    await catalogue.stop();
    const part = `/home/${(await fs.list('/home'))[0]}`;
    await fs.unlink(part);
    await restart();
    expect(catalogue.list()).toEqual([]);
    expect(events).toEqual([expect.objectContaining({ kind: 'retracted', fileId, path: part })]);
    expect(await fs.list('/state/catalogue')).toEqual([]);
  });

  it('can be paused: what it has is served, nothing is open', async () => {
    await start([0, 1], false);
    const store = catalogue.get(fileId) as ChunkStore;
    await store.pause();
    expect(store.state).toBe('partial');
    expect(await read(store, 1)).toEqual(Buffer.from(file.chunk(1)));
    await expect(store.write(2, file.chunk(2))).rejects.toEqual(fail('internal'));
    const again = await catalogue.createPart({ manifest, target, force: false });
    expect(again).toBe(store);
    await fill(again);
    await again.publish();
  });

  it('whose part goes while it is idle is noticed when it is read, or taken up', async () => {
    await start([0], false);
    const store = catalogue.get(fileId) as ChunkStore;
    await store.pause();
    await fs.unlink(store.path);
    await expect(read(store, 0)).rejects.toEqual(fail('file-changed'));
    expect(catalogue.get(fileId)).toBeUndefined();
    const fresh = await catalogue.createPart({ manifest, target, force: false });
    expect(fresh.chunks.isEmpty).toBe(true);
  });

  it('whose part is replaced while it is idle starts anew', async () => {
    await start([0], false);
    const store = catalogue.get(fileId) as ChunkStore;
    await store.pause();
    fs.addFile(store.path, new Uint8Array(3_500));
    const fresh = await catalogue.createPart({ manifest, target, force: false });
    expect(fresh).not.toBe(store);
    expect(fresh.chunks.isEmpty).toBe(true);
    await fill(fresh);
    await fresh.publish();
    expect(textOf(target)).toBe(whole(file));
  });

  it('whose part goes while it is filled is noticed at the next checkpoint', async () => {
    await start([0], false);
    const store = catalogue.get(fileId) as ChunkStore;
    await fs.unlink(store.path);
    await expect(store.checkpoint()).rejects.toEqual(fail('file-changed'));
    await expect(store.write(1, file.chunk(1))).rejects.toEqual(fail('file-changed'));
    expect(events).toEqual([expect.objectContaining({ kind: 'retracted', fileId })]);
    expect(catalogue.list()).toEqual([]);
  });

  it('can be thrown away', async () => {
    await start([0], true);
    const store = catalogue.get(fileId) as ChunkStore;
    await store.discard();
    await store.discard();
    expect([await fs.list('/home'), await fs.list('/state/catalogue'), catalogue.list()]).toEqual([
      [],
      [],
      [],
    ]);
    await expect(store.write(1, file.chunk(1))).rejects.toEqual(fail('cancelled'));
    expect(events).toEqual([]);
  });
});

describe('a small file', () => {
  beforeEach(async () => {
    smallFileBytes = 3_500;
    await catalogue.stop();
    await restart();
  });

  it('may be fetched by two processes at once: both end well', async () => {
    const options = { dataFolder: '/elsewhere', fs, locks, smallFileBytes, later: () => () => undefined };
    const other = new Catalogue(options);
    await other.start();
    const stores = [catalogue, other].map((one) => one.createPart({ manifest, target, force: false }));
    for (const store of await Promise.all(stores)) await fill(store);
    for (const store of await Promise.all(stores)) await store.publish();
    expect(textOf(target)).toBe(whole(file));
    expect(await fs.list('/home')).toEqual(['music.txt']);
  });

  it('on a full disk is noticed when it is written', async () => {
    fs.space = 0;
    const store = await catalogue.createPart({ manifest, target, force: false });
    fs.faults.add('write', 'ENOSPC');
    await expect(store.write(0, file.chunk(0))).rejects.toEqual(fail('disk-full'));
  });

  it('costs few calls that change the disk', async () => {
    const one = sampleFile(500);
    const before = fs.faults.steps;
    const store = await catalogue.createPart({ manifest: one.manifest, target, force: false });
    await store.write(0, one.bytes);
    await store.publish();
    // record (create, write), part (create, write, sync), link, folder sync, unlink, record (create, write, rename)
    expect(fs.faults.steps - before).toBe(11);
  });

  it('that was delivered before a crash is known again', async () => {
    const store = await catalogue.createPart({ manifest, target, force: false });
    await fill(store);
    fs.faults.add('unlink', 'EIO', /shoal-part/);
    await store.publish();
    expect(events).toEqual([expect.objectContaining({ kind: 'trouble' })]);
    await restart();
    expect(catalogue.get(fileId)).toMatchObject({ state: 'complete', path: target });
    expect(await fs.list('/home')).toEqual(['music.txt']);
  });
});

describe('a store of some chunks', () => {
  const only = [{ start: 1, end: 3 }];

  it('stays a part that is served by its bitmap, over restarts', async () => {
    const store = await catalogue.createPart({ manifest, target, force: false, only });
    expect([...store.wanted]).toEqual([1, 2]);
    await fill(store);
    await expect(store.publish()).rejects.toEqual(fail('internal'));
    await store.pause();
    await catalogue.stop();
    await restart();
    const held = catalogue.get(fileId) as ChunkStore;
    expect(held.state).toBe('partial');
    expect([[...held.wanted], [...held.chunks]]).toEqual([
      [1, 2],
      [1, 2],
    ]);
    expect(await read(held, 2)).toEqual(Buffer.from(file.chunk(2)));
  });

  it('needs space for those only, and is completed by a later order for all', async () => {
    fs.space = 2_048;
    const store = await catalogue.createPart({ manifest, target, force: false, only });
    await fill(store);
    await store.pause();
    const all = await catalogue.createPart({ manifest, target, force: false });
    expect([...all.chunks]).toEqual([1, 2]);
    await fill(all);
    await all.publish();
    expect(textOf(target)).toBe(whole(file));
  });

  it('cannot want chunks that there are not', async () => {
    const order = { manifest, target, force: false, only: [{ start: 3, end: 5 }] };
    await expect(catalogue.createPart(order)).rejects.toEqual(fail('chunk-out-of-range'));
    expect(catalogue.list()).toEqual([]);
  });
});

describe('a file served in place', () => {
  it('is known after a restart without being read', async () => {
    await addComplete();
    await catalogue.stop();
    fs.faults.add('read', 'EIO', /original/, 1_000);
    await restart();
    expect(catalogue.get(fileId)).toMatchObject({
      state: 'complete',
      path: '/home/original',
      name: 'music.txt',
    });
    expect(catalogue.get(fileId)?.chunks.isFull).toBe(true);
  });

  const changes: [string, () => void | Promise<void>][] = [
    ['written to', () => fs.tamper('/home/original', ({ content }) => content.write(Buffer.from('x'), 0))],
    ['cut', () => fs.tamper('/home/original', ({ content }) => content.truncate(10))],
    ['longer', () => fs.tamper('/home/original', ({ content }) => content.truncate(9_999))],
    ['replaced by its copy', () => fs.addFile('/home/original', file.bytes)],
    ['moved', () => fs.rename('/home/original', '/home/moved')],
    ['deleted', () => fs.unlink('/home/original')],
  ];

  it.each(changes)('is never served once it was %s', async (_, change) => {
    const store = await addComplete();
    await read(store, 0);
    await change();
    await expect(read(store, 0)).rejects.toEqual(fail('file-changed'));
    expect(catalogue.get(fileId)).toBeUndefined();
    expect(events).toEqual([expect.objectContaining({ kind: 'retracted', fileId, path: '/home/original' })]);
    expect(await fs.list('/state/catalogue')).toEqual([]);
  });

  it.each(changes)('is not held after a restart when it was %s', async (_, change) => {
    await addComplete();
    await catalogue.stop();
    await change();
    await restart();
    expect(catalogue.list()).toEqual([]);
    expect(events).toEqual([expect.objectContaining({ kind: 'retracted', fileId })]);
    await restart();
    expect(events).toHaveLength(1);
  });

  it('changed while it is read is not served either', async () => {
    const store = await addComplete();
    const reading = read(store, 0);
    await Promise.resolve();
    fs.tamper('/home/original', ({ content }) => content.write(Buffer.from('x'), 1));
    await expect(reading).rejects.toEqual(fail('file-changed'));
  });

  it('that cannot be read is retracted; too many open files is no reason', async () => {
    const store = await addComplete();
    fs.faults.add('open', 'EMFILE');
    await expect(read(store, 0)).rejects.toEqual(fail('limit-exceeded'));
    expect(catalogue.get(fileId)).toBe(store);
    fs.faults.add('read', 'EIO');
    await expect(read(store, 0)).rejects.toEqual(fail('disk-failed'));
    expect(catalogue.get(fileId)).toBeUndefined();
  });

  it('must be what its manifest says', async () => {
    fs.addFile('/home/short', file.bytes.subarray(1));
    await fs.makeFolder('/home/folder');
    fs.addFile('/home/same', file.bytes);
    const identity = { ...(await fs.stat('/home/same')), modified: 1n };
    await expect(catalogue.openComplete({ manifest, path: '/home/short' })).rejects.toEqual(
      fail('file-changed'),
    );
    await expect(catalogue.openComplete({ manifest, path: '/home/same', identity })).rejects.toEqual(
      fail('file-changed'),
    );
    await expect(catalogue.openComplete({ manifest, path: '/home/folder' })).rejects.toEqual(
      fail('bad-path'),
    );
    await expect(catalogue.openComplete({ manifest, path: '/home/none' })).rejects.toEqual(fail('not-found'));
    await expect(catalogue.openComplete({ manifest, path: 'same' })).rejects.toEqual(fail('bad-path'));
  });

  it('named by a symbolic link is held by its real path', async () => {
    fs.addFile('/home/real', file.bytes);
    fs.addLink('/home/link', 'real');
    expect(await catalogue.openComplete({ manifest, path: '/home/link' })).toMatchObject({
      path: '/home/real',
    });
  });

  it('that a download replaces is held no more', async () => {
    await addComplete();
    const next = sampleFile(10, 1_024, 2);
    const store = await catalogue.createPart({
      manifest: next.manifest,
      target: '/home/original',
      force: true,
    });
    await fill(store, [0], next);
    expect(catalogue.get(fileId)?.state).toBe('complete');
    await store.publish();
    expect(catalogue.list()).toEqual([store]);
    expect(events).toEqual([expect.objectContaining({ kind: 'retracted', fileId, path: '/home/original' })]);
  });

  it('takes the place of what was at its path before', async () => {
    await addComplete();
    await addComplete();
    expect(catalogue.list()).toHaveLength(1);
    expect(events).toEqual([]);
    const next = sampleFile(10, 1_024, 2);
    fs.addFile('/home/original', next.bytes);
    await catalogue.openComplete({ manifest: next.manifest, path: '/home/original' });
    expect(catalogue.list()).toHaveLength(1);
    expect(events).toEqual([expect.objectContaining({ kind: 'retracted', fileId })]);
  });
});

describe('a file in several places', () => {
  it('is downloaded twice, and served from the best place', async () => {
    const part = await catalogue.createPart({ manifest, target: '/home/second', force: false });
    await fill(part, [0]);
    const first = await deliver();
    expect(catalogue.get(fileId)).toBe(first);
    expect(catalogue.placesOf(fileId)).toHaveLength(2);
    await fs.unlink(target);
    await expect(read(first, 0)).rejects.toEqual(fail('file-changed'));
    expect(catalogue.get(fileId)).toBe(part);
    await catalogue.stop();
    await restart();
    expect(catalogue.list().map(({ target: at }) => at)).toEqual(['/home/second']);
  });

  it('is forgotten in all of them: files stay, parts go', async () => {
    await deliver();
    await catalogue.createPart({ manifest, target: '/home/second', force: false });
    expect(await catalogue.forget(fileId)).toBe(true);
    expect(await catalogue.forget(fileId)).toBe(false);
    expect([await fs.list('/home'), await fs.list('/state/catalogue')]).toEqual([['music.txt'], []]);
    expect(events).toEqual([]);
  });
});

describe('the data folder', () => {
  it('is used by one process at a time, which is named', async () => {
    const second = newCatalogue();
    await expect(second.start()).rejects.toMatchObject({
      code: 'data-folder-in-use',
      message: expect.stringContaining(String(MemoryLocks.PID)),
    });
    await catalogue.stop();
    await expect(second.start()).resolves.toBeUndefined();
  });

  it('survives damaged records and rubbish of a crash', async () => {
    await deliver();
    await catalogue.stop();
    fs.addFile(`/state/catalogue/${'a'.repeat(64)}.json`, Buffer.from('{"half'));
    fs.addFile(
      `/state/catalogue/${'b'.repeat(64)}.json`,
      fs.bytesOf(`/state/catalogue/${fileId}.json`) as Uint8Array,
    );
    fs.addFile(`/state/catalogue/${fileId}.json.tmp`, Buffer.from('x'));
    fs.addFile(`/state/catalogue/${fileId}-0123456789abcdef.bitmap`, Buffer.from('x'));
    await restart();
    expect(catalogue.list()).toHaveLength(1);
    expect(events.map(({ kind }) => kind)).toEqual(['trouble', 'trouble']);
    expect(await fs.list('/state/catalogue')).toEqual([`${fileId}.json`]);
  });

  it('that cannot be made is an error that says so, and is not locked', async () => {
    fs.addFile('/plain', Buffer.from(''));
    const impossible = new Catalogue({ dataFolder: '/plain/x', fs, locks });
    await expect(impossible.start()).rejects.toMatchObject({
      code: 'bad-path',
      message: expect.stringContaining('/plain/x'),
    });
  });

  it('holds nothing in memory after stop, and all again after start', async () => {
    await deliver();
    await catalogue.stop();
    expect(catalogue.list()).toEqual([]);
    await catalogue.start();
    expect(catalogue.list()).toHaveLength(1);
  });
});
