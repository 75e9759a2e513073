import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { connectRedis, RedisConnection, redisRegistries, type RedisRegistries } from '#registry';
import { eventually, fileIdFor, manifestOf, peerIdFor, peerRecord, PrivateRedis } from '#testing';

const NETWORK = 'shoal';
const ADA = peerIdFor('ada');
const AWAY = { code: 'redis-away', retry: 'transient' };
const acknowledge = (registries: RedisRegistries, sequence: number, chunk: number): Promise<string> =>
  registries.holders.acknowledge({ peerId: ADA, incarnation: 1_000, sequence }, [
    { fileId: fileIdFor('music'), chunkCount: 20, ranges: [[chunk, chunk + 1]] },
  ]);

let redis: PrivateRedis;
let connection: RedisConnection;
let registries: RedisRegistries;

beforeEach(async () => {
  redis = new PrivateRedis(true);
  await redis.start();
  connection = await connectRedis(redis.url, { name: 'away-test', commandTimeoutMs: 300 });
  registries = redisRegistries({ connection, networkId: NETWORK });
  await registries.peers.join(peerRecord('ada'));
}, 30_000);

afterEach(async () => {
  await registries.sweeper.idle();
  await connection.stop();
  await redis.stop();
});

describe('a Redis that is gone', () => {
  it('fails every call at once, and everything is there after its restart', async () => {
    await registries.manifests.publish('music.txt', manifestOf('la la'), 1);
    await acknowledge(registries, 1, 3);
    await redis.kill();
    await expect(acknowledge(registries, 2, 4)).rejects.toMatchObject(AWAY);
    await expect(registries.peers.count()).rejects.toMatchObject(AWAY);
    await expect(registries.manifests.search('*', undefined, 5)).rejects.toMatchObject(AWAY);
    await expect(connection.ping()).rejects.toMatchObject(AWAY);
    await eventually(() => expect(connection.isReady).toBe(false));

    const well = connection.untilWell();
    await redis.start();
    await well;
    expect(await acknowledge(registries, 2, 4)).toBe('applied');
    const [holder] = await registries.holders.holders(fileIdFor('music'), { limit: 1, exclude: new Set() });
    expect(holder?.chunks.toRanges()).toEqual([{ start: 3, end: 5 }]);
    expect(await registries.manifests.resolve({ name: 'music.txt' })).toMatchObject({ version: 1 });
  });

  it('loses nothing it has confirmed, though it dies in the middle', async () => {
    const confirmed: number[] = [];
    const writing = (async () => {
      for (let chunk = 0; chunk < 20; chunk++) {
        await acknowledge(registries, chunk, chunk);
        confirmed.push(chunk);
        if (chunk === 9) await redis.kill();
      }
    })();
    await expect(writing).rejects.toMatchObject(AWAY);
    await redis.start();
    await connection.untilWell();
    const [holder] = await registries.holders.holders(fileIdFor('music'), { limit: 1, exclude: new Set() });
    expect(confirmed).toHaveLength(10);
    expect(confirmed.every((chunk) => holder?.chunks.has(chunk) === true)).toBe(true);
  });

  it('is told apart from one that never was there', async () => {
    const url = redis.url;
    await redis.kill();
    const start = connectRedis(url, { startTimeoutMs: 200 });
    await expect(start).rejects.toMatchObject({ ...AWAY, message: expect.stringContaining('ECONNREFUSED') });
  });
});

describe('a Redis that hangs', () => {
  it('fails calls after the timeout and is well again when it goes on', async () => {
    process.kill(redis.pid, 'SIGSTOP');
    await expect(acknowledge(registries, 1, 3)).rejects.toMatchObject(AWAY);
    const well = connection.untilWell();
    process.kill(redis.pid, 'SIGCONT');
    await well;
    expect(await acknowledge(registries, 1, 3)).toBe('applied');
  });
});

describe('a Redis that refuses writes', () => {
  const refusing: readonly (readonly [string, readonly string[], readonly string[]])[] = [
    ['memory is full', ['CONFIG', 'SET', 'maxmemory', '1'], ['CONFIG', 'SET', 'maxmemory', '0']],
    [
      'it has too few replicas',
      ['CONFIG', 'SET', 'min-replicas-to-write', '1'],
      ['CONFIG', 'SET', 'min-replicas-to-write', '0'],
    ],
    ['it is a replica', ['REPLICAOF', '127.0.0.1', '1'], ['REPLICAOF', 'NO', 'ONE']],
  ];
  it.each(refusing)('because %s', async (_, refuse, accept) => {
    const admin = await connectRedis(redis.url);
    await admin.client.call(refuse[0] as string, ...refuse.slice(1));
    await expect(acknowledge(registries, 1, 3)).rejects.toMatchObject(AWAY);
    let isWell = false;
    const well = connection.untilWell().then(() => (isWell = true));
    await admin.ping();
    expect(isWell).toBe(false);
    await admin.client.call(accept[0] as string, ...accept.slice(1));
    await well;
    expect(await acknowledge(registries, 1, 3)).toBe('applied');
    await admin.stop();
  });
});

describe('a mistake of ours', () => {
  it('is internal, not a reason to wait', async () => {
    await connection.client.set(`${NETWORK}:journal:${ADA}`, 'not a sorted set');
    await expect(acknowledge(registries, 1, 3)).rejects.toMatchObject({
      code: 'internal',
      retry: 'permanent',
      message: expect.stringContaining('WRONGTYPE'),
    });
  });
});

describe('a connection that is stopped', () => {
  it('releases who waits for it and fails calls', async () => {
    await redis.kill();
    const waiting = expect(connection.untilWell()).rejects.toMatchObject({ code: 'cancelled' });
    await connection.stop();
    await waiting;
    await connection.stop();
    await expect(registries.peers.count()).rejects.toMatchObject(AWAY);
  });

  it('survives scripts that Redis has forgotten', async () => {
    await acknowledge(registries, 1, 3);
    await connection.client.script('FLUSH');
    expect(await acknowledge(registries, 2, 4)).toBe('applied');
  });

  it('does not mix up two networks', async () => {
    const other = redisRegistries({ connection, networkId: 'other' });
    expect(await other.peers.count()).toBe(0);
    expect(await acknowledge(other, 1, 3)).toBe('unknown-peer');
  });
});
