import { writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { KIB, randomContent, SmallSwarm } from './small-swarm.js';

/** Real sockets and disks on a machine that may be busy; what is waited for are events. */
jest.setTimeout(60_000);

describe('a download', () => {
  let swarm: SmallSwarm;

  beforeEach(async () => {
    swarm = await SmallSwarm.make();
  });

  afterEach(() => swarm.close());

  it.each([
    ['an empty file', 0],
    ['one byte', 1],
    ['exactly one chunk', 64 * KIB],
    ['one byte less than three chunks', 3 * 64 * KIB - 1],
    ['one byte more than three chunks', 3 * 64 * KIB + 1],
    ['many chunks', 5_000 * KIB + 123],
  ])('brings %s over whole', async (_what, bytes) => {
    const [seeder, leecher] = [await swarm.peer('seeder'), await swarm.peer('leecher')];
    const content = randomContent(bytes);
    const manifest = await seeder.publish('music.txt', content, 64 * KIB);
    const result = await leecher.engine.download(leecher.order(manifest, [seeder]));
    expect((await leecher.content()).equals(content)).toBe(true);
    expect(result).toMatchObject({ sha256: manifest.sha256, size: bytes, alreadyThere: false });
    expect(result.from.reduce((sum, tally) => sum + tally.bytes, 0)).toBe(bytes);
    const chunks = Math.ceil(bytes / (64 * KIB));
    expect(await leecher.heldChunks(manifest.fileId)).toBe(chunks);
    for (const peer of [seeder, leecher]) expect(peer.heard('held')).not.toEqual([]);
    const told = leecher.heard('held').flatMap(({ ranges }) => ranges);
    expect(told.reduce((sum, { start, end }) => sum + end - start, 0)).toBe(chunks);
  });

  it('says how far it is while it copies what lies on this disk', async () => {
    const peer = await swarm.peer('alone');
    const content = randomContent(128 * 1_024 * KIB);
    const manifest = await peer.publish('music.txt', content, 64 * KIB);
    const seen = new Set<number>();
    let isDone = false;
    const done = peer.engine.download(peer.order(manifest, [])).finally(() => (isDone = true));
    while (!isDone) {
      for (const { bytes } of await peer.engine.progress()) seen.add(bytes);
      await new Promise(setImmediate);
    }
    await done;
    expect((await peer.content()).equals(content)).toBe(true);
    expect([...seen].filter((bytes) => bytes > 0 && bytes < content.length).length).toBeGreaterThan(1);
    const traffic = await peer.engine.traffic();
    expect(traffic).toEqual({ sentBytes: 0, receivedBytes: 0 });
  });

  it('lets everything else have a turn while it looks whether a file is there already', async () => {
    const [seeder, leecher] = [await swarm.peer('seeder'), await swarm.peer('leecher')];
    const content = randomContent(256 * 1_024 * KIB);
    const manifest = await seeder.publish('music.txt', content, 1_024 * KIB);
    await writeFile(leecher.path('got'), content);
    let isDone = false;
    const order = leecher.order(manifest, [seeder]);
    const done = leecher.engine.download(order).finally(() => (isDone = true));
    const begunAt = performance.now();
    let longest = 0;
    for (let last = performance.now(); !isDone; last = performance.now()) {
      await new Promise(setImmediate);
      longest = Math.max(longest, performance.now() - last);
    }
    expect(await done).toMatchObject({ alreadyThere: true });
    // It was all in one turn.
    expect(longest).toBeLessThan((performance.now() - begunAt) / 3);
  });

  it('counts what was sent and received', async () => {
    const [seeder, leecher] = [await swarm.peer('seeder'), await swarm.peer('leecher')];
    const manifest = await seeder.publish('music.txt', randomContent(300 * KIB), 64 * KIB);
    await leecher.engine.download(leecher.order(manifest, [seeder]));
    expect(await leecher.engine.traffic()).toEqual({ sentBytes: 0, receivedBytes: 300 * KIB });
    expect(await seeder.engine.traffic()).toEqual({ sentBytes: 300 * KIB, receivedBytes: 0 });
  });
});
