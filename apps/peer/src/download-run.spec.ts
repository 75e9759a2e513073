import { beforeEach, describe, expect, it } from '@jest/globals';
import { seededRandom, ShoalError, type FileId } from '#core';
import type { LocalEvent } from '#contracts';
import { Downloads } from './downloads.js';
import type { DownloadWish } from './download-run.js';
import { ManifestSource } from './manifest-source.js';
import {
  FakeAnchors,
  FakeEngine,
  FILE,
  holder,
  manifestJson,
  ManualTime,
  OTHER,
  PEER,
  settle,
} from './test-support/doubles.js';

const found = (holders = [holder()]) => ({
  name: 'music.txt',
  version: 1,
  fileId: FILE,
  size: 100_000,
  chunkCount: 2,
  manifest: manifestJson(),
  holders,
  holderCount: holders.length,
  seederCount: holders.length,
});

describe('a download', () => {
  let time: ManualTime;
  let anchors: FakeAnchors;
  let engine: FakeEngine;
  let downloads: Downloads;
  let events: LocalEvent[];
  let controller: AbortController;
  const wish: DownloadWish = {
    file: { name: 'music.txt' },
    target: async () => '/files/music.txt',
    force: false,
  };
  const start = (more: Partial<DownloadWish> = {}) =>
    downloads.run({ ...wish, ...more }, (event) => events.push(event), controller.signal);
  const notices = () => events.flatMap((event) => (event.event === 'notice' ? [event.kind] : []));
  const starved = () => downloads.handle({ kind: 'starved', fileId: FILE, exclude: [OTHER] });
  const progress = (bytes: number, sources = 1) =>
    downloads.handle({
      kind: 'progress',
      downloads: [
        { fileId: FILE, bytes, size: 100_000, chunks: 1, chunkCount: 2, rate: 10, sources, from: [] },
      ],
    });

  beforeEach(() => {
    time = new ManualTime();
    anchors = new FakeAnchors();
    anchors.answers['manifest.get'] = () => found();
    engine = new FakeEngine();
    events = [];
    controller = new AbortController();
    downloads = new Downloads({
      engine,
      manifests: new ManifestSource(PEER, anchors, () => engine.manifestFromNeighbours()),
      timers: time,
      now: time.now,
      random: seededRandom(1),
    });
  });

  it('asks for the manifest, orders the chunks from its holders, says how it goes', async () => {
    const done = start();
    await settle();
    expect(engine.orders).toHaveLength(1);
    expect(engine.orders[0]).toMatchObject({
      target: '/files/music.txt',
      force: false,
      name: 'music.txt',
      sources: [{ peerId: OTHER, incarnation: 7, host: '127.0.0.1', port: 7_000 }],
    });
    progress(65_536);
    engine.finish();
    expect(await done).toMatchObject({ fileId: FILE, version: 1, path: '/files/music.txt' });
    expect(events.map(({ event }) => event)).toEqual(['started', 'progress']);
  });

  it('orders with the limit and the priority of the wish', async () => {
    const done = start({ priority: 8, maxDownRate: 1_000 });
    await settle();
    expect(engine.orders[0]).toMatchObject({ priority: 8, downRate: 1_000 });
    engine.finish();
    await done;
  });

  it('does not retry a file that nobody knows', async () => {
    anchors.answers['manifest.get'] = () => {
      throw new ShoalError('not-found', 'no file is called music.txt');
    };
    await expect(start()).rejects.toMatchObject({ code: 'not-found' });
  });

  it('waits for an anchor and goes on when one answers', async () => {
    anchors.away = true;
    const done = start();
    await time.advance(3_000);
    expect(notices()).toEqual(['anchor-away']);
    anchors.away = false;
    await time.advance(20_000);
    engine.finish();
    await expect(done).resolves.toBeDefined();
  });

  it('takes the manifest from a neighbour when every anchor is gone', async () => {
    anchors.away = true;
    engine.manifestFromNeighbours = async () => manifestJson();
    const done = start({ file: { fileId: FILE } });
    await settle();
    expect(engine.orders[0]?.sources).toEqual([]);
    engine.finish();
    await done;
  });

  it('asks for other sources when it starves, without the ones it cannot reach, and not in a hot loop', async () => {
    const done = start();
    await settle();
    starved();
    starved();
    await settle();
    starved();
    await settle();
    const asked = anchors.named('manifest.get').slice(1);
    expect(asked).toHaveLength(1);
    expect(asked[0]).toMatchObject({ withManifest: false, exclude: [OTHER] });
    expect(engine.added).toHaveLength(1);
    engine.finish();
    await done;
  });

  it('says once that it waits while no holder is alive', async () => {
    anchors.answers['manifest.get'] = () => found([]);
    const done = start();
    await settle();
    starved();
    await time.advance(30_000);
    starved();
    await settle();
    expect(notices()).toEqual(['waiting']);
    engine.finish();
    await done;
  });

  it('ends with no-holder when nothing came in time, and keeps the part', async () => {
    anchors.answers['manifest.get'] = () => found([]);
    const done = start({ timeoutMs: 5_000 });
    const outcome = expect(done).rejects.toMatchObject({ code: 'no-holder' });
    await time.advance(6_000);
    await outcome;
    expect(engine.cancelled).toEqual([FILE]);
  });

  it('does not time out while bytes keep coming', async () => {
    const done = start({ timeoutMs: 5_000 });
    await settle();
    for (let step = 1; step <= 5; step++) {
      await time.advance(4_000);
      progress(step);
    }
    engine.finish();
    await expect(done).resolves.toBeDefined();
  });

  it('is cancelled by its signal', async () => {
    const done = start();
    await settle();
    controller.abort();
    await expect(done).rejects.toMatchObject({ code: 'cancelled' });
    expect(engine.cancelled).toEqual([FILE]);
  });

  it('orders again when the engine died', async () => {
    const done = start();
    await settle();
    engine.fail(new ShoalError('engine-down', 'the engine ended', { retry: 'transient' }));
    await time.advance(2_000);
    expect(engine.orders).toHaveLength(2);
    engine.finish();
    await expect(done).resolves.toBeDefined();
  });

  it('names the peer and the chunk of wrong bytes', async () => {
    const done = start();
    await settle();
    downloads.handle({
      kind: 'wrong-bytes',
      fileId: FILE,
      peerId: OTHER,
      incarnation: 7,
      name: 'host2',
      chunk: 0,
    });
    const notice = events.find((event) => event.event === 'notice');
    expect(notice).toMatchObject({ kind: 'wrong-bytes', peerId: OTHER, chunk: 0 });
    expect(JSON.stringify(notice)).toContain('chunk 1');
    engine.finish();
    await done;
  });

  it('runs one download of a file at a time', async () => {
    const first = start();
    const second = start({ file: { fileId: FILE }, target: async () => '/files/copy.txt' });
    await settle();
    expect(engine.orders).toHaveLength(1);
    engine.finish();
    await first;
    await settle();
    expect(engine.orders.map(({ target }) => target)).toEqual(['/files/music.txt', '/files/copy.txt']);
    engine.finish();
    await second;
  });

  it('refuses a second download to the same target, and the first goes on', async () => {
    const first = start();
    await settle();
    await expect(start()).rejects.toMatchObject({ code: 'target-in-use', retry: 'permanent' });
    engine.finish();
    await expect(first).resolves.toMatchObject({ path: '/files/music.txt' });
  });

  it('waits for the same target after an interrupt, and when it is an order', async () => {
    const before = expect(start()).rejects.toMatchObject({ code: 'cancelled' });
    await settle();
    const ordered = expect(start({ patient: true })).rejects.toMatchObject({ code: 'cancelled' });
    await settle();
    controller.abort();
    controller = new AbortController();
    const again = start();
    await settle();
    expect(notices()).toContain('waiting');
    await Promise.all([before, ordered]);
    await settle();
    engine.finish();
    await expect(again).resolves.toMatchObject({ path: '/files/music.txt' });
  });

  it('does not time out while the download before it goes on', async () => {
    const first = start();
    await settle();
    const second = start({ target: async () => '/files/copy.txt', timeoutMs: 5_000 });
    for (let step = 1; step <= 5; step++) {
      progress(step * 1_000);
      await time.advance(4_000);
    }
    engine.finish();
    await first;
    await settle();
    engine.finish();
    await expect(second).resolves.toMatchObject({ path: '/files/copy.txt' });
  });

  it('gives up waiting for its turn when it is interrupted or takes too long', async () => {
    const first = start();
    await settle();
    const copy = { target: async () => '/files/copy.txt' };
    const other = new AbortController();
    const interrupted = downloads.run({ ...wish, ...copy }, () => undefined, other.signal);
    const late = start({ ...copy, patient: true, timeoutMs: 5_000 });
    await settle();
    other.abort();
    await expect(interrupted).rejects.toMatchObject({ code: 'cancelled' });
    const end = expect(late).rejects.toMatchObject({ code: 'no-holder' });
    await time.advance(6_000);
    await end;
    engine.finish();
    await first;
    expect(engine.orders).toHaveLength(1);
  });

  it('keeps events of one file from another', async () => {
    const done = start();
    await settle();
    const other = 'b'.repeat(64) as FileId;
    downloads.handle({ kind: 'starved', fileId: other, exclude: [] });
    await settle();
    expect(anchors.named('manifest.get')).toHaveLength(1);
    engine.finish();
    await done;
  });
});
