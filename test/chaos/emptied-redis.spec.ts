import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connectRedis } from '#registry';
import { startServices } from '../../tools/services/start-services.js';
import { doneOf, sha256, Stage, untilTrue } from '../e2e/network/stage.js';

/** Long enough for a busy machine; what it takes is seconds. */
const SETTLED_MS = 30_000;
const first = randomBytes(200_000);
const second = randomBytes(200_000);

describe('Redis is emptied while everybody lives', () => {
  let stage: Stage;

  beforeAll(async () => {
    const peers = ['host1', 'host2', 'host3'].map((name) => ({ name }));
    stage = await Stage.open({ anchors: ['server1', 'server2'], peers }, (run) =>
      startServices(run, { environment: {}, anyNetwork: true }),
    );
  }, 180_000);
  afterAll(() => stage?.close());

  const knows = (name: string, version?: number): Promise<boolean> =>
    stage.holders(name, version).then(
      (holders) => holders.length > 0,
      () => false,
    );
  const get = async (peer: string, file: string, output: string): Promise<Buffer> => {
    await doneOf(stage.client(peer).get({ file, output: stage.path(peer, output) }));
    return stage.read(peer, output);
  };
  const emptyRedis = async (): Promise<void> => {
    const redis = await connectRedis(stage.network.services.redisUrl, { name: 'chaos' });
    await redis.call((client) => client.flushall());
    await redis.stop();
  };

  it('names come back from who holds their files, under their numbers; removed ones do not', async () => {
    await stage.publish('host1', 'music.txt', first);
    await get('host2', 'music.txt', 'one');
    await stage.publish('host1', 'music.txt', second);
    await get('host2', 'music.txt', 'two');
    await stage.publish('host1', 'removed.txt', randomBytes(10_000));
    await get('host2', 'removed.txt', 'removed');
    await stage.broker.request('manifest.unpublish', { name: 'removed.txt' });
    // The publisher is gone: only host2 can say what the names were.
    await stage.client('host1').leave();
    await stage.peer('host1').process.exited;

    await emptyRedis();

    await untilTrue(async () => (await knows('music.txt', 1)) && (await knows('music.txt', 2)), SETTLED_MS);
    expect(sha256(await get('host3', 'music.txt', 'latest'))).toBe(sha256(second));
    expect(sha256(await get('host3', 'music.txt@1', 'first'))).toBe(sha256(first));
    expect(await knows('removed.txt')).toBe(false);
    expect(await stage.publish('host3', 'music.txt', randomBytes(1_000))).toMatchObject({ version: 3 });
  }, 120_000);

  it('and again: what was given back once is given back twice', async () => {
    await emptyRedis();
    await untilTrue(async () => (await knows('music.txt', 1)) && (await knows('music.txt', 3)), SETTLED_MS);
    const { version } = await stage.manifest({ file: { name: 'music.txt' }, withManifest: false });
    expect(version).toBe(3);
    expect(await knows('removed.txt')).toBe(false);
  }, 120_000);
});
