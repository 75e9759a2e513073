import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import amqp from 'amqplib';
import { HEADERS, topologyOf } from '#contracts';
import { testServices } from '../../../tools/services/test-environment.js';
import { sha256, Stage, untilTrue } from './stage.js';

interface Heard {
  readonly name: string;
  readonly id: string;
  readonly body: Record<string, unknown>;
}

const SONG = randomBytes(128 * 1_024);

describe('the public door, with a plain AMQP client', () => {
  let stage: Stage;
  let connection: amqp.ChannelModel;
  let channel: amqp.ConfirmChannel;
  let heard: Heard[];
  let replies: Record<string, unknown>[];
  let replyQueue: string;
  const exchanges = () => topologyOf(stage.network.id).exchanges;
  const queues = () => topologyOf(stage.network.id).queues;

  beforeAll(async () => {
    stage = await Stage.open({ anchors: ['server1'], peers: [{ name: 'host1' }, { name: 'host2' }] });
    await stage.publish('host1', 'song', SONG, 16 * 1_024);
    connection = await amqp.connect(testServices().amqpUrl('admin'));
    channel = await connection.createConfirmChannel();
    const facts = await channel.assertQueue('', { exclusive: true });
    for (const key of ['download.*.*', 'distribution.*.*'])
      await channel.bindQueue(facts.queue, exchanges().events, key);
    await channel.consume(facts.queue, (message) => message !== null && hear(message), { noAck: true });
    replyQueue = (await channel.assertQueue('', { exclusive: true })).queue;
    await channel.consume(replyQueue, (message) => message !== null && replies.push(bodyOf(message)), {
      noAck: true,
    });
  }, 120_000);
  afterAll(async () => {
    await connection?.close();
    await stage?.close();
  });
  beforeEach(() => {
    heard = [];
    replies = [];
  });

  const bodyOf = (message: amqp.ConsumeMessage): Record<string, unknown> =>
    JSON.parse(message.content.toString()) as Record<string, unknown>;
  const hear = (message: amqp.ConsumeMessage): void => {
    heard.push({
      name: String(message.properties.type),
      id: String(message.properties.messageId),
      body: bodyOf(message),
    });
  };
  const publish = async (
    body: string,
    options: amqp.Options.Publish = {},
    key = 'transfer.download',
  ): Promise<void> => {
    channel.publish(exchanges().requests, key, Buffer.from(body), options);
    await channel.waitForConfirms();
  };
  const named = (prefix: string): Heard[] => heard.filter(({ name }) => name.startsWith(prefix));
  const ended = () => untilTrue(async () => named('distribution.').length > 0);
  const ask = (more: object) => JSON.stringify({ file: 'song', targets: ['host2'], ...more });
  const deadLetter = async (): Promise<amqp.GetMessage> => {
    let found: amqp.GetMessage | false = false;
    await untilTrue(async () => (found = await channel.get(queues().dead.name, { noAck: true })) !== false);
    return found as unknown as amqp.GetMessage;
  };

  it('one message makes a peer download, verify and say so', async () => {
    await publish(ask({ folder: 'a' }));
    await ended();
    expect(named('distribution.')).toMatchObject([
      {
        name: 'distribution.completed',
        body: { state: 'completed', name: 'song', targets: 1, done: 1, failed: 0 },
      },
    ]);
    const [done] = named('download.completed');
    expect(done?.body).toMatchObject({
      peerId: stage.peer('host2').announced['peerId'],
      size: SONG.length,
      sha256: sha256(SONG),
      from: [{ name: 'host1' }],
    });
    expect(sha256(stage.read('host2', 'a/song'))).toBe(sha256(SONG));
  });

  it('the same message twice is one distribution', async () => {
    const options = { messageId: 'release-1', replyTo: replyQueue, correlationId: 'c1' };
    await publish(ask({ folder: 'b' }), options);
    await publish(ask({ folder: 'b' }), options);
    await untilTrue(async () => replies.length === 2);
    await ended();
    const results = replies.map(({ result }) => result as { distributionId: string; created: boolean });
    expect(new Set(results.map(({ distributionId }) => distributionId)).size).toBe(1);
    expect(results.map(({ created }) => created).sort()).toEqual([false, true]);
    expect(new Set(named('distribution.').map(({ id }) => id)).size).toBe(1);
    expect(new Set(named('download.completed').map(({ id }) => id)).size).toBe(1);
  });

  it('the user who may do nothing else can do it', async () => {
    const other = await amqp.connect(testServices().amqpUrl('publisher'));
    const door = await other.createConfirmChannel();
    door.publish(exchanges().requests, 'transfer.download', Buffer.from(ask({ folder: 'c' })));
    await door.waitForConfirms();
    await other.close();
    await ended();
    expect(sha256(stage.read('host2', 'c/song'))).toBe(sha256(SONG));
  });

  it.each([
    ['cancels', 'requests', 'transfer.cancel'],
    ['speaks for a peer', 'requests', 'chunk.acknowledged.host2'],
    ['invents a fact', 'events', 'distribution.completed.d-1'],
  ] as const)(
    'and is refused when it %s',
    async (_what, exchange, key) => {
      const other = await amqp.connect(testServices().amqpUrl('publisher'));
      const door = await other.createConfirmChannel();
      const refused = new Promise<Error>((resolve) => door.once('error', resolve));
      door.publish(exchanges()[exchange], key, Buffer.from('{}'));
      expect((await refused).message).toMatch(/ACCESS.REFUSED/);
      await other.close();
    },
    10_000,
  );

  it('a target that cannot write says why, and the distribution has failed', async () => {
    mkdirSync(stage.path('host2', 'taken'));
    writeFileSync(stage.path('host2', 'taken/song'), 'something else');
    await publish(ask({ folder: 'taken' }));
    await ended();
    expect(named('distribution.')).toMatchObject([
      { name: 'distribution.failed', body: { done: 0, failed: 1 } },
    ]);
    expect(named('download.failed')[0]?.body).toMatchObject({ error: { code: 'target-exists' } });
  });

  it.each([
    ['a file that nobody knows', { file: 'nothing' }, 'not-found'],
    ['a peer that nobody knows', { targets: ['host99'] }, 'not-found'],
    ['a selector that means nobody', { targets: ['role=nothing'] }, 'not-found'],
    ['a selector that is none', { targets: ['role=edge and'] }, 'bad-message'],
  ])('%s is answered with an error, and is a dead letter', async (_what, more, code) => {
    await publish(ask(more), { replyTo: replyQueue });
    await untilTrue(async () => replies.length === 1);
    expect(replies[0]).toMatchObject({ ok: false, error: { code, retry: 'permanent' } });
    expect((await deadLetter()).properties.headers?.[HEADERS.deadCode]).toBe(code);
  });

  it.each([
    ['not JSON', '{', {}, 'transfer.download', 'bad-message'],
    ['a folder that leaves the root', ask({ folder: '../up' }), {}, 'transfer.download', 'bad-message'],
    ['no name', '{}', {}, 'manifest.get.me', 'bad-message'],
    ['an unknown name', '{}', { type: 'manifest.burn' }, 'manifest.burn.me', 'bad-message'],
    [
      'a schema of the future',
      ask({}),
      { headers: { [HEADERS.schema]: 9 } },
      'transfer.download',
      'wrong-version',
    ],
  ])(
    '%s is a dead letter with its reason, and the next message is handled',
    async (_what, body, options, key, code) => {
      await publish(body, options, key);
      const dead = await deadLetter();
      expect(dead.properties.headers?.[HEADERS.deadCode]).toBe(code);
      expect(String(dead.properties.headers?.[HEADERS.deadReason])).not.toBe('');
      await publish(
        JSON.stringify({ distributionId: 'd-none' }),
        { type: 'transfer.status', replyTo: replyQueue },
        'transfer.status.me',
      );
      await untilTrue(async () => replies.length === 1);
      expect(replies[0]).toMatchObject({ ok: false, error: { code: 'not-found' } });
    },
  );
});
