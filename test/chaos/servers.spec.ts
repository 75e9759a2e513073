import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { MIB } from '#core';
import { startServices } from '../../tools/services/start-services.js';
import { doneOf, sha256, Stage, untilTrue, type Done } from '../e2e/network/stage.js';

/** Long enough for a broker to come back on a busy machine. */
const SETTLED_MS = 60_000;
const SIZE = 8 * MIB;
const CHUNK = 64 * 1_024;
/** Bytes a second: time to kill things in. */
const RATE = 2 * MIB;
const ANCHORS = ['server1', 'server2'];

describe('a download while something else dies', () => {
  let stage: Stage;
  let name: string;
  let film: Buffer;
  let number = 0;

  beforeAll(async () => {
    stage = await Stage.open({ anchors: ANCHORS, peers: [{ name: 'host1' }, { name: 'host2' }] }, (run) =>
      startServices(run, { environment: {}, durable: true, anyNetwork: true }),
    );
  }, 180_000);
  afterAll(() => stage?.close());
  beforeEach(async () => {
    name = `film${++number}`;
    film = randomBytes(SIZE);
    await stage.publish('host1', name, film, CHUNK);
  });

  /** A slow download by host2; `then` runs once, when a quarter of it is there. */
  const duringDownload = async (then: () => Promise<unknown>): Promise<Done> => {
    let happened: Promise<unknown> | undefined;
    const done = await doneOf(stage.get('host2', name, { maxDownRate: RATE }), (event) => {
      if (event.event === 'progress' && event.chunks > 32) happened ??= then();
    });
    expect(happened).toBeDefined();
    await happened;
    return done;
  };
  const expectArrived = (): void => expect(sha256(stage.read('host2', name))).toBe(sha256(film));

  /** Chunks of a file that the anchors ascribe to each peer, and those that the peers themselves have. */
  const told = async (file: string): Promise<Record<string, number>> => {
    const { holders, chunkCount } = await stage.manifest({ file: { name: file }, withManifest: false });
    return Object.fromEntries(
      holders.map((holder) => [
        holder.name,
        (holder.ranges ?? [[0, chunkCount]]).reduce((sum, [start, end]) => sum + end - start, 0),
      ]),
    );
  };
  const held = async (file: string): Promise<Record<string, number>> => {
    const peers = [...stage.network.peers.keys()];
    const rows = await Promise.all(
      peers.map(async (peer) => {
        const { transfers } = await stage.status(peer);
        return transfers.filter((row) => row.name === file).map((row) => [peer, row.held] as const);
      }),
    );
    return Object.fromEntries(rows.flat());
  };
  const sorted = (counts: Record<string, number>): string => JSON.stringify(Object.entries(counts).sort());
  /** What the anchors say comes to be what is on the disks, of every file so far. */
  const untilTrueEverywhere = async (): Promise<void> => {
    for (let file = 1; file <= number; file++) {
      const same = async (): Promise<boolean> =>
        sorted(await told(`film${file}`)) === sorted(await held(`film${file}`));
      await untilTrue(() => same().catch(() => false), SETTLED_MS);
    }
    expect(await held(name)).toEqual({ host1: SIZE / CHUNK, host2: SIZE / CHUNK });
  };

  it('the engine of the downloader', async () => {
    const { enginePid } = await stage.status('host2');
    await duringDownload(async () => process.kill(enginePid as number, 'SIGKILL'));
    expectArrived();
    await untilTrueEverywhere();
  }, 120_000);

  it('the engine of the only seeder', async () => {
    const { enginePid } = await stage.status('host1');
    await duringDownload(async () => process.kill(enginePid as number, 'SIGKILL'));
    expectArrived();
    await untilTrueEverywhere();
  }, 120_000);

  it('the control process of the downloader, which is started again at once: an order goes on', async () => {
    const order = { file: name, targets: ['host2'], maxDownRate: RATE };
    const { distributionId } = await stage.broker.request('transfer.download', order);
    await untilTrue(async () => ((await held(name))['host2'] ?? 0) > 32);
    const { process } = stage.peer('host2');
    process.kill('SIGKILL');
    await process.exited;
    await stage.network.addPeer({ name: 'host2' });
    await untilTrue(
      async () => (await stage.broker.request('transfer.status', { distributionId })).state === 'completed',
      SETTLED_MS,
    );
    expectArrived();
    await untilTrueEverywhere();
  }, 120_000);

  it('Redis and the broker, one after the other: an order is one distribution and comes to its end', async () => {
    const { broker, redis } = stage.network.services;
    const order = { file: name, targets: ['host2'], maxDownRate: RATE, idempotencyKey: name };
    const { distributionId } = await stage.broker.request('transfer.download', order);
    await untilTrue(async () => ((await held(name))['host2'] ?? 0) > 32);
    for (const server of [redis, broker]) {
      await server?.kill();
      await server?.restart();
    }
    const status = () => stage.broker.request('transfer.status', { distributionId });
    await untilTrue(
      () =>
        status().then(
          ({ state }) => state === 'completed',
          () => false,
        ),
      SETTLED_MS,
    );
    expect(await status()).toMatchObject({ targets: 1, counts: { done: 1, failed: 0 } });
    const again = await stage.broker.request('transfer.download', order);
    expect(again).toMatchObject({ distributionId, created: false });
    expectArrived();
    await untilTrueEverywhere();
  }, 180_000);

  it('the broker', async () => {
    const { broker } = stage.network.services;
    await duringDownload(async () => {
      await broker?.kill();
      await broker?.restart();
    });
    expectArrived();
    await untilTrueEverywhere();
  }, 180_000);

  it('Redis', async () => {
    const { redis } = stage.network.services;
    await duringDownload(async () => {
      await redis?.kill();
      await redis?.restart();
    });
    expectArrived();
    await untilTrueEverywhere();
  }, 120_000);

  it('every anchor: it ends meanwhile, and they know of it when they are back', async () => {
    await duringDownload(() => Promise.all(ANCHORS.map((anchor) => stage.network.killAnchor(anchor))));
    expectArrived();
    await Promise.all(ANCHORS.map((anchor) => stage.network.addAnchor(anchor)));
    await untilTrueEverywhere();
  }, 120_000);
});
