import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { KIB, randomContent, SmallSwarm, type TestPeer } from './small-swarm.js';

const CHUNK = 64 * KIB;

/** Real sockets and disks on a machine that may be busy; what is waited for are events. */
jest.setTimeout(60_000);

describe('a swarm', () => {
  let swarm: SmallSwarm;

  beforeEach(async () => {
    swarm = await SmallSwarm.make();
  });

  afterEach(() => swarm.close());

  const peers = (...names: string[]): Promise<TestPeer[]> =>
    Promise.all(names.map((name) => swarm.peer(name)));

  it('downloads from several sources in parallel', async () => {
    const [seeder, ...others] = (await peers('seeder', 'one', 'two', 'three', 'leecher')) as [
      TestPeer,
      ...TestPeer[],
    ];
    const leecher = others.pop() as TestPeer;
    const content = randomContent(100 * CHUNK);
    const manifest = await seeder.publish('song', content, CHUNK);
    for (const other of others) await other.engine.download(other.order(manifest, [seeder]));
    await seeder.engine.stop();
    // Equal, and slow enough that nobody can do it alone before the others begin.
    for (const { engine } of others) await engine.setLimits({ up: 4_000_000 });
    const result = await leecher.engine.download(leecher.order(manifest, others));
    expect((await leecher.content()).equals(content)).toBe(true);
    expect(result.from.map(({ name }) => name).sort()).toEqual(['one', 'three', 'two']);
    for (const { chunks } of result.from) expect(chunks).toBeGreaterThan(10);
    expect(result.from.reduce((sum, { chunks }) => sum + chunks, 0)).toBe(100);
  });

  it('lets two half-complete peers trade without anybody who has all', async () => {
    const [seeder, left, right] = (await peers('seeder', 'left', 'right')) as [TestPeer, TestPeer, TestPeer];
    const content = randomContent(40 * CHUNK);
    const manifest = await seeder.publish('song', content, CHUNK);
    await left.engine.download(left.order(manifest, [seeder], { only: [{ start: 0, end: 20 }] }));
    await right.engine.download(right.order(manifest, [seeder], { only: [{ start: 20, end: 40 }] }));
    await seeder.engine.stop();
    // Only one of them knows the other: the other dials back. It must be there before the first one has all and leaves.
    const untilBoth = right.engine.download(right.order(manifest, []));
    await right.until('starved');
    const fromRight = await left.engine.download(left.order(manifest, [right]));
    const fromLeft = await untilBoth;
    expect((await left.content()).equals(content)).toBe(true);
    expect((await right.content()).equals(content)).toBe(true);
    expect(fromRight.from).toEqual([{ peerId: right.peerId, name: 'right', chunks: 20, bytes: 20 * CHUNK }]);
    expect(fromLeft.from).toEqual([{ peerId: left.peerId, name: 'left', chunks: 20, bytes: 20 * CHUNK }]);
  });

  it('spreads a file from one seeder over several downloaders that serve each other', async () => {
    const [seeder, ...leechers] = (await peers('seeder', 'a', 'b', 'c', 'd')) as [TestPeer, ...TestPeer[]];
    const content = randomContent(64 * CHUNK);
    const manifest = await seeder.publish('song', content, CHUNK);
    await seeder.engine.setLimits({ up: 4_000_000 });
    const results = await Promise.all(
      leechers.map((leecher) => leecher.engine.download(leecher.order(manifest, [seeder, ...leechers]))),
    );
    for (const leecher of leechers) expect((await leecher.content()).equals(content)).toBe(true);
    const fromSeeder = results
      .flatMap(({ from }) => from)
      .filter(({ peerId }) => peerId === seeder.peerId)
      .reduce((sum, { chunks }) => sum + chunks, 0);
    // Plain sending would be 4 x 64. The first pass costs one file; what follows it may cost some more.
    expect(fromSeeder).toBeLessThan(2 * 64);
  });

  it('finds sources through the one that it knows', async () => {
    const [seeder, half, leecher] = (await peers('seeder', 'half', 'leecher')) as [
      TestPeer,
      TestPeer,
      TestPeer,
    ];
    const content = randomContent(20 * CHUNK);
    const manifest = await seeder.publish('song', content, CHUNK);
    await half.engine.download(half.order(manifest, [seeder], { only: [{ start: 0, end: 2 }] }));
    // The seeder stays known to `half` as a neighbour only.
    await half.engine.setNeighbours([seeder.address]);
    await half.until('neighbours', ({ peerIds }) => peerIds.includes(seeder.peerId));
    await leecher.engine.setNeighbours([half.address, seeder.address]);
    await leecher.until('neighbours', ({ peerIds }) => peerIds.length === 2);
    const result = await leecher.engine.download(leecher.order(manifest, [half]));
    expect((await leecher.content()).equals(content)).toBe(true);
    expect(result.from.map(({ name }) => name)).toContain('seeder');
  });

  it('gets a manifest from its neighbours', async () => {
    const [seeder, asker] = (await peers('seeder', 'asker')) as [TestPeer, TestPeer];
    const manifest = await seeder.publish('song', randomContent(6_000 * KIB), KIB);
    await asker.engine.setNeighbours([seeder.address]);
    await asker.until('neighbours', ({ peerIds }) => peerIds.includes(seeder.peerId));
    expect(await asker.engine.manifestFromNeighbours(manifest.fileId)).toEqual(manifest);
    expect(await asker.engine.manifestFromNeighbours('cd'.repeat(32) as never)).toBeUndefined();
  });

  it('takes what another download of the same file left on its own disk', async () => {
    const [seeder, leecher] = (await peers('seeder', 'leecher')) as [TestPeer, TestPeer];
    const content = randomContent(10 * CHUNK);
    const manifest = await seeder.publish('song', content, CHUNK);
    await leecher.engine.download(leecher.order(manifest, [seeder]));
    await seeder.engine.stop();
    const again = await leecher.engine.download(
      leecher.order(manifest, [], { target: leecher.path('second') }),
    );
    expect((await leecher.content('second')).equals(content)).toBe(true);
    expect(again.from).toEqual([]);
    const same = await leecher.engine.download(leecher.order(manifest, []));
    expect(same.alreadyThere).toBe(true);
  });
});
