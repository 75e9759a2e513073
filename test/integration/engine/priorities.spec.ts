import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { ManifestJson } from '#chunking';
import type { DownloadProgress, DownloadResult } from '#engine';
import { KIB, randomContent, SmallSwarm, type TestPeer } from './small-swarm.js';

const CHUNK = 64 * KIB;
const CHUNKS = 96;
/** A chunk takes 31 ms: longer than most pauses of a busy machine, in which whoever comes would be served. */
const RATE = 2 * 1_024 * KIB;
/** Weighs four times the default. Measured is less: the limit lets what was saved up pass at once, whoever asks for it. */
const HIGH = 9;
const LEAST = 1.8;
const MOST = 6;

jest.setTimeout(60_000);

interface Wish {
  readonly peer: TestPeer;
  readonly manifest: ManifestJson;
  /** The default when left out. */
  readonly priority?: number;
}

/** Two downloads at once over something that is limited to 2 MiB/s. What counts are bytes, whatever time they took. */
describe('two downloads of different priority', () => {
  let swarm: SmallSwarm;

  beforeEach(async () => {
    swarm = await SmallSwarm.make();
  });

  afterEach(() => swarm.close());

  const files = async (...seeders: TestPeer[]): Promise<ManifestJson[]> => {
    const contents = seeders.map(() => randomContent(CHUNKS * CHUNK));
    return Promise.all(
      seeders.map((seeder, at) => seeder.publish(`song${at}`, contents[at] as Buffer, CHUNK)),
    );
  };

  const begin = ({ peer, manifest, priority }: Wish, seeder: TestPeer): Promise<DownloadResult> =>
    peer.engine.download({
      ...peer.order(manifest, [seeder]),
      target: peer.path(manifest.fileId),
      ...(priority === undefined ? {} : { priority }),
    });

  const bytesOf = async ({ peer, manifest }: Wish): Promise<number> => {
    const isIts = ({ fileId }: DownloadProgress): boolean => fileId === manifest.fileId;
    return (await peer.engine.progress()).find(isIts)?.bytes ?? manifest.size;
  };

  const flows = ({ peer, manifest }: Wish): Promise<unknown> =>
    peer.until('held', ({ fileId }) => fileId === manifest.fileId);

  /** From when both flow until the first one has ended: the bytes that it got over those that the other one got. */
  const ratio = async (first: Wish, other: Wish, seeders: readonly [TestPeer, TestPeer]): Promise<number> => {
    const later = begin(other, seeders[1]);
    await flows(other);
    const sooner = begin(first, seeders[0]);
    await flows(first);
    const [firstHad, otherHad] = [await bytesOf(first), await bytesOf(other)];
    const { size } = await sooner;
    const otherHas = await bytesOf(other);
    await other.peer.engine.cancelDownload(other.manifest.fileId, false);
    await Promise.allSettled([later]);
    return (size - firstHad) / (otherHas - otherHad);
  };

  it('share the limit of their seeder by weight', async () => {
    const seeder = await swarm.peer('seeder', { upRate: RATE });
    const [one, two] = [await swarm.peer('one'), await swarm.peer('two')];
    const [a, b] = (await files(seeder, seeder)) as [ManifestJson, ManifestJson];
    const share = await ratio({ peer: one, manifest: a, priority: HIGH }, { peer: two, manifest: b }, [
      seeder,
      seeder,
    ]);
    expect(share).toBeGreaterThan(LEAST);
    expect(share).toBeLessThan(MOST);
  });

  it('share the limit of their own peer by weight', async () => {
    const seeders = [await swarm.peer('seeder1'), await swarm.peer('seeder2')] as const;
    const peer = await swarm.peer('peer', { downRate: RATE });
    const [a, b] = (await files(...seeders)) as [ManifestJson, ManifestJson];
    const share = await ratio({ peer, manifest: a, priority: HIGH }, { peer, manifest: b }, seeders);
    expect(share).toBeGreaterThan(LEAST);
    expect(share).toBeLessThan(MOST);
  });

  it('share it equally when it is the same', async () => {
    const seeder = await swarm.peer('seeder', { upRate: RATE });
    const [one, two] = [await swarm.peer('one'), await swarm.peer('two')];
    const [a, b] = (await files(seeder, seeder)) as [ManifestJson, ManifestJson];
    const share = await ratio({ peer: one, manifest: a }, { peer: two, manifest: b }, [seeder, seeder]);
    expect(share).toBeGreaterThan(0.6);
    expect(share).toBeLessThan(1.7);
  });
});
