import { describe, expect, it } from '@jest/globals';
import { MemoryLocks } from '#testing';
import { Catalogue } from './catalogue.js';
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
  newCatalogue,
  restart,
  stageBeforeEach,
  target,
  textOf,
  whole,
} from './test-support/catalogue-stage.js';

stageBeforeEach();

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

  it.each(Array.from({ length: 60 }, (_, steps) => steps))(
    'a chunk that is written %i steps after an fsync began that fails is no error',
    async (steps) => {
      const store = await catalogue.createPart({ manifest, target, force: false });
      await fill(store, [2]);
      fs.faults.add('sync', 'EIO', /shoal-part/);
      const checkpoint = expect(store.checkpoint()).rejects.toEqual(fail('disk-failed'));
      for (let step = 0; step < steps; step++) await Promise.resolve();
      await store.write(0, file.chunk(0));
      await checkpoint;
      await fill(store);
      await store.publish();
      expect(textOf(target)).toBe(whole(file));
    },
  );

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
