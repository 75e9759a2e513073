import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { PeerId } from '#core';
import { holdingsDigest, type FactName } from '#contracts';
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

// A busy machine is slow, not wrong.
jest.setTimeout(30_000);

const SONG = manifestOf('la '.repeat(2_000));
const CHUNKS = SONG.chunkCount;

let redis: TestRedis;
let anchors: TestAnchors;
let cli: AmqpBroker;
let facts: { name: FactName; id: string | undefined; body: Record<string, unknown> }[];
let peers: TestPeer[];

beforeAll(async () => {
  [redis] = await Promise.all([startTestRedis(), sharedRabbit()]);
}, RABBIT_START_TIMEOUT);
afterAll(() => redis.stop());

beforeEach(async () => {
  anchors = await TestAnchors.open(redis.url);
  peers = [];
  await anchors.connection('server1');
  await anchors.manifest('server1');
  cli = anchors.net.broker('cli');
  facts = [];
  await cli.start();
  const watcher = anchors.net.broker('watcher');
  watcher.onSession(async (session) => {
    const queue = `${anchors.net.network}.facts`;
    await session.assertQueue(queue, { exclusive: true, durable: false });
    await session.bindQueue(queue, anchors.net.topology.exchanges.events, '#');
    await session.consume(queue, { prefetch: 10 }, async ({ name, body, messageId }) => {
      facts.push({ name: name as FactName, id: messageId, body: JSON.parse(String(body)) });
    });
  });
  await watcher.start();
}, 30_000);
afterEach(async () => {
  await Promise.all(peers.map((peer) => peer.stop()));
  await anchors.close();
}, 30_000);

const newPeer = async (name: string, twin?: TestPeer): Promise<TestPeer> => {
  const peer = await TestPeer.start(anchors.net, name, twin);
  peers.push(peer);
  await peer.connect();
  return peer;
};
const seeder = async (name: string): Promise<TestPeer> => {
  const peer = await newPeer(name);
  await peer.join();
  await peer.link.request('manifest.publish', { name: 'song.txt', manifest: SONG.toDocument() });
  await peer.report('chunk.acknowledged', {
    sequence: 1,
    files: [{ fileId: SONG.fileId, chunkCount: CHUNKS }],
  });
  await eventually(async () => expect(await holders()).toContain(name));
  return peer;
};
const holders = async (more: object = {}): Promise<string[]> => {
  const reply = await cli.request('manifest.get', { file: { name: 'song.txt' }, ...more });
  return reply.holders.map(({ name }) => name).sort();
};
const reasons = (): unknown[] =>
  facts.filter(({ name }) => name === 'peer.left').map(({ body }) => body['reason']);

describe('joining', () => {
  it('is taken by the anchor that was asked, and introduces who is live, never the asker', async () => {
    await anchors.connection('server2');
    const first = await newPeer('host1');
    const second = await newPeer('host2');
    const one = await first.join('server1');
    const two = await second.join('server2');
    expect(one).toMatchObject({
      anchor: 'server1',
      leaseSeconds: 300,
      acknowledgeIntervalMs: 500,
      reachable: true,
      peers: [],
    });
    expect(one.clusterName).toBe(second.link.clusterName);
    expect(two).toMatchObject({ anchor: 'server2', peers: [{ peerId: first.peerId, name: 'host1' }] });
    const { peers: rows, total } = await cli.request('connection.peers', {});
    expect(total).toBe(2);
    expect(rows.map(({ name, anchor }) => `${name} ${anchor}`).sort()).toEqual([
      'host1 server1',
      'host2 server2',
    ]);
    await eventually(() =>
      expect(
        // A new registry makes peers join again when an anchor first looks at it, which a slow start meets.
        facts
          .filter(({ name }) => name !== 'registry.wiped')
          .map(({ name, body }) => `${name} ${String(body['name'])}`),
      ).toEqual(['peer.joined host1', 'peer.joined host2']),
    );
  });

  it('comes back at once when the anchor that was asked is away', async () => {
    const peer = await newPeer('host1');
    await expect(peer.join('server9')).rejects.toMatchObject({ code: 'unroutable' });
    await expect(peer.join()).resolves.toMatchObject({ anchor: 'server1' });
  });

  it('is refused with a reason', async () => {
    const peer = await newPeer('host1');
    await expect(peer.join(undefined, { networkId: 'elsewhere' })).rejects.toMatchObject({
      code: 'wrong-network',
    });
    await expect(
      peer.join(undefined, { publicKey: Buffer.alloc(32).toString('base64') }),
    ).rejects.toMatchObject({
      code: 'not-allowed',
    });
  });

  it('under a copied key: the newest wins, and both hear of it, also on one machine', async () => {
    const first = await newPeer('host1');
    await first.join('server1');
    const second = await newPeer('host2', first);
    expect((await second.join()).replaced).toMatchObject({ host: '127.0.0.1' });
    await eventually(() => expect(first.commands).toEqual(['command.rejoin']));
    await expect(first.join()).rejects.toMatchObject({
      code: 'stale',
      message: expect.stringContaining('is its key used twice?'),
    });
    expect(second.commands).toEqual([]);
  });

  it('hands out nobody whose chunk port does not answer', async () => {
    const shy = await newPeer('host1');
    const other = await newPeer('host2');
    expect(await shy.join(undefined, { address: { host: '127.0.0.1', port: 1 } })).toMatchObject({
      reachable: false,
    });
    expect((await other.join()).peers).toEqual([]);
  });
});

describe('files', () => {
  it('are published once, found, and handed out with who holds what', async () => {
    const peer = await newPeer('host1');
    await peer.join();
    const publish = { name: 'song.txt', manifest: SONG.toDocument() };
    expect(await peer.link.request('manifest.publish', publish)).toMatchObject({
      version: 1,
      outcome: 'created',
    });
    expect(await peer.link.request('manifest.publish', publish)).toMatchObject({
      version: 1,
      outcome: 'unchanged',
    });
    await peer.report('chunk.acknowledged', {
      sequence: 1,
      files: [{ fileId: SONG.fileId, chunkCount: CHUNKS, ranges: [[0, 2]] }],
    });
    await eventually(async () => expect(await holders()).toEqual(['host1']));
    const found = await cli.request('manifest.get', { file: { name: 'song.txt' } });
    expect(found).toMatchObject({ fileId: SONG.fileId, chunkCount: CHUNKS, holderCount: 1, seederCount: 0 });
    expect(found.manifest).toEqual(SONG.toDocument());
    expect(found.holders[0]).toMatchObject({ peerId: peer.peerId, ranges: [[0, 2]] });
    expect(await holders({ chunk: 3 })).toEqual([]);
    expect(await holders({ exclude: [peer.peerId] })).toEqual([]);
    const { files } = await cli.request('manifest.search', { pattern: 'so*' });
    expect(files).toMatchObject([{ name: 'song.txt', latest: 1, versions: [{ holderCount: 1 }] }]);
    // What is published again is told again, as the same fact: who missed the first one hears of it.
    const told = () => facts.filter(({ name }) => name === 'file.published').map(({ id }) => id);
    await eventually(() => expect(told()).toHaveLength(2));
    expect(new Set(told()).size).toBe(1);
  });

  it('must prove themselves', async () => {
    const forged = { ...SONG.toDocument(), size: SONG.size - 1 };
    await expect(cli.request('manifest.publish', { name: 'x', manifest: forged })).rejects.toMatchObject({
      code: 'bad-manifest',
    });
    await expect(cli.request('manifest.get', { file: { name: 'x' } })).rejects.toMatchObject({
      code: 'not-found',
    });
  });

  it('may not be asked for in the name of another peer', async () => {
    await expect(
      cli.request('manifest.get', { file: { name: 'x' }, asker: 'a'.repeat(40) as PeerId }),
    ).rejects.toMatchObject({ code: 'not-allowed' });
  });
});

describe('leaving', () => {
  it('is in effect when it is answered', async () => {
    const peer = await seeder('host1');
    const { peerId, incarnation } = peer;
    expect(await peer.link.request('connection.leave', { peerId, incarnation })).toEqual({ left: true });
    expect(await holders()).toEqual([]);
    await eventually(() => expect(reasons()).toEqual(['left']));
  });

  it('by a crash takes the peer out of every handout', async () => {
    const peer = await seeder('host1');
    await peer.crash();
    await eventually(async () => expect(await holders()).toEqual([]));
    await eventually(() => expect(reasons()).toEqual(['crashed']));
  });

  it('is not what happens when only the broker link is lost; the next incarnation takes over', async () => {
    const peer = await seeder('host1');
    await peer.loseBroker();
    const other = await newPeer('host2');
    await other.join();
    expect(await holders()).toEqual(['host1']);
    await peer.connect();
    await peer.join();
    await eventually(() => expect(reasons()).toEqual(['replaced']));
    const files = [{ fileId: SONG.fileId, chunkCount: CHUNKS }];
    await peer.report('holdings.reported', { sequence: 1, part: 0, parts: 1, files });
    await eventually(async () => expect(await holders()).toEqual(['host1']));
  });

  it('of the engine after the broker link is noticed as well', async () => {
    const peer = await seeder('host1');
    await peer.loseBroker();
    await peer.crash();
    await eventually(async () => expect(await holders()).toEqual([]));
  });
});

describe('what peers tell', () => {
  it('a peer that nobody knows is asked to join again', async () => {
    const peer = await newPeer('host1');
    await peer.report('connection.lease', { sequence: 1, serving: true, holdingsDigest: '0'.repeat(16) });
    await eventually(() => expect(peer.commands).toEqual(['command.rejoin']));
    await peer.report('chunk.acknowledged', {
      sequence: 1,
      files: [{ fileId: SONG.fileId, chunkCount: CHUNKS }],
    });
    await eventually(() => expect(peer.commands).toEqual(['command.rejoin', 'command.rejoin']));
  });

  it('a lease with other holdings asks for a report, one with the same does not', async () => {
    const peer = await seeder('host1');
    await peer.report('connection.lease', {
      sequence: 1,
      serving: true,
      holdingsDigest: holdingsDigest([[SONG.fileId, CHUNKS]]),
    });
    await peer.report('connection.lease', { sequence: 1, serving: true, holdingsDigest: '0'.repeat(16) });
    await eventually(() => expect(peer.commands).toEqual(['command.report']));
  });

  it('a report about a peer that answers changes nothing, one about a peer that does not takes it out', async () => {
    const peer = await seeder('host1');
    const other = await newPeer('host2');
    await other.join();
    const complaint = (): Promise<void> =>
      other.link.publish({
        exchange: anchors.net.topology.exchanges.requests,
        key: `peer.unreachable.${other.peerId}`,
        name: 'peer.unreachable',
        body: {
          reporter: other.peerId,
          peerId: peer.peerId,
          incarnation: peer.incarnation,
          reason: 'no answer',
        },
      });
    await complaint();
    await eventually(async () => {
      const { messageCount } = await queueState();
      expect(messageCount).toBe(0);
    });
    expect(await holders()).toEqual(['host1']);
    await peer.stopEngine();
    // The anchor does not look again for a second after an answer.
    await eventually(async () => {
      await complaint();
      expect(await holders()).toEqual([]);
    });
    const { peers: rows } = await cli.request('connection.peers', {});
    expect(rows.map(({ name, reachable }) => `${name} ${reachable}`).sort()).toEqual([
      'host1 false',
      'host2 true',
    ]);
  });

  const queueState = async (): Promise<{ messageCount: number }> => {
    const { connect } = await import('amqplib');
    const connection = await connect(anchors.net.url);
    const channel = await connection.createChannel();
    const state = await channel.checkQueue(anchors.net.topology.queues.connection.name);
    await connection.close();
    return state;
  };

  it('serving stops at once when the engine is down', async () => {
    const peer = await seeder('host1');
    await peer.report('connection.lease', {
      sequence: 1,
      serving: false,
      holdingsDigest: holdingsDigest([[SONG.fileId, CHUNKS]]),
    });
    await eventually(async () => expect(await holders()).toEqual([]));
  });
});

describe('one anchor of two', () => {
  it('may go without anybody noticing', async () => {
    const second = await anchors.manifest('server2');
    await seeder('host1');
    await anchors.stop(second);
    const answers = await Promise.all(Array.from({ length: 20 }, () => holders()));
    expect(answers.every((names) => names.length === 1)).toBe(true);
  });
});
