import { describe, expect, it } from '@jest/globals';
import { sampleFile } from '#testing';
import {
  addComplete,
  catalogue,
  deliver,
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
} from './test-support/catalogue-stage.js';

stageBeforeEach();

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
