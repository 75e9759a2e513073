import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { AmqpBroker } from '#platform';
import {
  eventually,
  manifestOf,
  RABBIT_START_TIMEOUT,
  sharedRabbit,
  startTestRedis,
  type TestRedis,
} from '#testing';
import { TestAnchors } from './test-anchors.js';
import { TestPeer } from './test-peer.js';

const SONG = manifestOf('la '.repeat(2_000));
const COPIES = 1_000;

let redis: TestRedis;
let anchors: TestAnchors;
let peer: TestPeer;
let outside: AmqpBroker;
let ends: { id: string; body: Record<string, unknown> }[];

beforeAll(async () => {
  [redis] = await Promise.all([startTestRedis(), sharedRabbit()]);
}, RABBIT_START_TIMEOUT);
afterAll(() => redis.stop());

beforeEach(async () => {
  anchors = await TestAnchors.open(redis.url);
  for (const name of ['server1', 'server2']) await anchors.transfer(name);
  await anchors.connection('server1');
  await anchors.manifest('server1');
  ends = [];
  outside = anchors.net.broker('outside');
  outside.onSession(async (session) => {
    const queue = `${anchors.net.network}.ends`;
    await session.assertQueue(queue, { exclusive: true, durable: false });
    await session.bindQueue(queue, anchors.net.topology.exchanges.events, 'distribution.*.*');
    await session.consume(queue, { prefetch: 10 }, async ({ messageId, body }) => {
      ends.push({ id: String(messageId), body: JSON.parse(String(body)) as Record<string, unknown> });
    });
  });
  await outside.start();
  peer = await TestPeer.start(anchors.net, 'host7');
  await peer.connect();
  await peer.join(undefined, { storage: { max: 1, free: 1 } });
}, 30_000);
afterEach(async () => {
  await peer.stop();
  await anchors.close();
}, 30_000);

describe('two transfer processes', () => {
  it('make one distribution of a thousand copies of one message', async () => {
    const manifest = SONG.toDocument();
    await peer.link.request('manifest.publish', { name: 'song', manifest });
    const message = {
      ...{
        exchange: anchors.net.topology.exchanges.requests,
        key: 'transfer.download',
        messageId: 'release-42',
      },
      ...{ name: 'transfer.download' as const, body: { file: 'song', targets: ['all'] } },
    } as const;
    await Promise.all(Array.from({ length: COPIES }, () => outside.publish(message)));
    const list = () => outside.request('transfer.list', {});
    await eventually(async () => expect((await list()).distributions[0]?.counts.commanded).toBe(1));
    const { distributions } = await list();
    expect(distributions).toHaveLength(1);
    const { distributionId = '' } = distributions[0] ?? {};
    const done = {
      ...{
        peerId: peer.peerId,
        fileId: SONG.fileId,
        distributionId,
        commandId: `${distributionId}:${peer.peerId}:0`,
      },
      ...{ size: SONG.size, sha256: SONG.sha256, path: '/song', milliseconds: 5, from: [] },
    };
    const { events } = anchors.net.topology.exchanges;
    for (let copy = 0; copy < 10; copy++) {
      const key = `download.completed.${peer.peerId}`;
      await peer.link.publish({ exchange: events, key, name: 'download.completed', body: done });
    }
    await eventually(async () => expect(ends.length).toBeGreaterThan(0));
    expect(new Set(ends.map(({ id }) => id))).toEqual(new Set([`distribution-ended/${distributionId}`]));
    expect(peer.commands.filter((name) => name === 'command.download')).toHaveLength(1);
  }, 60_000);
});
