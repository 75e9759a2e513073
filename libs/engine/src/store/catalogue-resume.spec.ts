import { describe, expect, it } from '@jest/globals';
import { MemoryLocks } from '#testing';
import { Catalogue } from './catalogue.js';
import type { ChunkStore } from './store.js';
import {
  catalogue,
  events,
  fail,
  file,
  fileId,
  fill,
  fs,
  manifest,
  read,
  restart,
  stageBeforeEach,
  target,
  textOf,
  whole,
} from './test-support/catalogue-stage.js';

stageBeforeEach();

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
    const other = new Catalogue({
      dataFolder: '/new',
      fs,
      locks: new MemoryLocks(),
      later: () => () => undefined,
    });
    await other.start();
    const store = await other.createPart({ manifest, target, force: false });
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
