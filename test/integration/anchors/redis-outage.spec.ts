import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { eventually, manifestOf, PrivateRedis, RABBIT_START_TIMEOUT, sharedRabbit } from '#testing';
import { TestAnchors } from './test-anchors.js';
import { TestPeer } from './test-peer.js';

// A busy machine is slow, not wrong.
jest.setTimeout(30_000);

const SONG = manifestOf('la '.repeat(2_000));
// A Redis of its own, which forgets nothing: this test kills it.
const redis = new PrivateRedis(true);
let anchors: TestAnchors;

beforeAll(async () => {
  await Promise.all([redis.start(), sharedRabbit()]);
  anchors = await TestAnchors.open(redis.url);
  await Promise.all([anchors.connection('server1'), anchors.manifest('server1')]);
}, RABBIT_START_TIMEOUT);
afterAll(async () => {
  await anchors.close();
  await redis.stop();
}, 30_000);

describe('while Redis is away', () => {
  it('messages wait in their queues, and nothing is lost or a dead letter', async () => {
    const peer = await TestPeer.start(anchors.net, 'host1');
    await peer.connect();
    await peer.join();
    await peer.link.request('manifest.publish', { name: 'song.txt', manifest: SONG.toDocument() });

    await redis.kill();
    const files = [{ fileId: SONG.fileId, chunkCount: SONG.chunkCount }];
    await peer.report('chunk.acknowledged', { sequence: 1, files });
    const answer = peer.link.request('manifest.get', { file: { name: 'song.txt' } }, { timeoutMs: 30_000 });
    await eventually(async () => {
      expect((await stateOf(anchors.net.topology.queues.manifest.name)).consumerCount).toBe(0);
    });

    await redis.start();
    await expect(answer).resolves.toMatchObject({ fileId: SONG.fileId });
    await eventually(async () => {
      const reply = await peer.link.request('manifest.get', { file: { name: 'song.txt' } });
      expect(reply.holders.map(({ name }) => name)).toEqual(['host1']);
    }, 10_000);
    expect((await stateOf(anchors.net.topology.queues.dead.name)).messageCount).toBe(0);
    await peer.stop();
  }, 60_000);

  const stateOf = async (queue: string): Promise<{ messageCount: number; consumerCount: number }> => {
    const { connect } = await import('amqplib');
    const connection = await connect(anchors.net.url);
    const channel = await connection.createChannel();
    const state = await channel.checkQueue(queue);
    await connection.close();
    return state;
  };
});
