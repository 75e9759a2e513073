import { describe, expect, it, jest } from '@jest/globals';
import { MemoryLocks, sampleFile } from '#testing';
import { Catalogue } from './catalogue.js';
import type { ChunkStore } from './store.js';
import {
  catalogue,
  deliver,
  events,
  fail,
  file,
  fileId,
  fill,
  fs,
  locks,
  manifest,
  read,
  restart,
  stageBeforeEach,
  target,
  textOf,
  whole,
} from './test-support/catalogue-stage.js';

stageBeforeEach();

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
      smallFileBytes: 0,
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

describe('a small file', () => {
  stageBeforeEach(3_500);

  it('may be fetched by two processes at once: both end well', async () => {
    const options = {
      dataFolder: '/elsewhere',
      fs,
      locks,
      smallFileBytes: 3_500,
      later: () => () => undefined,
    };
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
