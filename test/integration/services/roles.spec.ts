import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connect, type ChannelModel, type ConfirmChannel } from 'amqplib';
import { BROKER_EVENTS_EXCHANGE, inboxQueue, topologyOf } from '#contracts';
import type { PeerId } from '#core';
import { uniqueNetwork } from '../../../tools/network/unique-network.js';
import type { BrokerRole } from '../../../tools/services/roles.js';
import { testServices } from '../../../tools/services/test-environment.js';

const network = uniqueNetwork('roles');
const { exchanges, queues } = topologyOf(network);
const peerId = 'ab'.repeat(20) as PeerId;
const services = testServices();

/** Does something on a channel of its own as this role; rejects with the broker's refusal. */
const as = async <T>(role: BrokerRole, act: (channel: ConfirmChannel) => Promise<T>): Promise<T> => {
  const connection = await connect(services.amqpUrl(role));
  connection.on('error', () => undefined);
  try {
    const channel = await connection.createConfirmChannel();
    const refused = new Promise<never>((_resolve, reject) => channel.once('error', reject));
    refused.catch(() => undefined);
    return await Promise.race([refused, act(channel)]);
  } finally {
    await connection.close().catch(() => undefined);
  }
};

const publish = async (channel: ConfirmChannel, exchange: string, key: string): Promise<void> => {
  channel.publish(exchange, key, Buffer.from('{}'));
  await channel.waitForConfirms();
};

/** Asks and returns the reply, by RabbitMQ's direct reply-to. */
const request = async (channel: ConfirmChannel, key: string): Promise<string> => {
  const reply = new Promise<string>((resolve) => {
    void channel.consume('amq.rabbitmq.reply-to', (message) => resolve(String(message?.content)), {
      noAck: true,
    });
  });
  const options = { replyTo: 'amq.rabbitmq.reply-to', mandatory: true };
  channel.publish(exchanges.requests, key, Buffer.from('{}'), options);
  return await reply;
};

const declareTopology = async (channel: ConfirmChannel): Promise<void> => {
  await channel.assertExchange(exchanges.unrouted, 'topic');
  for (const name of [exchanges.requests, exchanges.events, exchanges.dead]) {
    await channel.assertExchange(name, 'topic', { alternateExchange: exchanges.unrouted });
  }
  for (const { name, bindings } of Object.values(queues)) {
    await channel.assertQueue(name);
    for (const { exchange, key } of bindings) await channel.bindQueue(name, exchange, key);
  }
};

describe('broker roles', () => {
  let anchor: ChannelModel;
  let answering: ConfirmChannel;

  beforeAll(async () => {
    await services.limitTopics(network);
    anchor = await connect(services.amqpUrl('anchor'));
    answering = await anchor.createConfirmChannel();
    await declareTopology(answering);
    for (const { name } of [queues.connection, queues.transfer]) {
      await answering.consume(name, (message) => {
        if (message === null) return;
        const { replyTo } = message.properties as { replyTo?: string };
        if (replyTo !== undefined) answering.publish('', replyTo, Buffer.from('answer'));
        answering.ack(message);
      });
    }
  });
  afterAll(async () => {
    for (const { name } of Object.values(queues)) await answering.deleteQueue(name);
    for (const name of Object.values(exchanges)) await answering.deleteExchange(name);
    await anchor.close();
  });

  it.each<[BrokerRole, string]>([
    ['peer', `connection.join.${peerId}`],
    ['operator', 'connection.peers.cli'],
    ['publisher', 'transfer.download'],
  ])('%s asks %s and is answered', async (role, key) => {
    await expect(as(role, (channel) => request(channel, key))).resolves.toBe('answer');
  });

  it('gives a peer its inbox, which an anchor can write to', async () => {
    const received = as('peer', async (channel) => {
      const inbox = inboxQueue(peerId, 1);
      await channel.assertQueue(inbox, { exclusive: true, durable: false });
      await channel.bindQueue(inbox, exchanges.events, 'file.published.*');
      return await new Promise<string>((resolve) => {
        void channel
          .consume(inbox, (message) => resolve(String(message?.content)))
          .then(() => answering.publish('', inbox, Buffer.from('command')));
      });
    });
    await expect(received).resolves.toBe('command');
  });

  it('lets a person watch facts in a queue of their own', async () => {
    const seen = as('operator', async (channel) => {
      const { queue } = await channel.assertQueue('', { exclusive: true });
      await channel.bindQueue(queue, exchanges.events, '#');
      return await new Promise<string>((resolve) => {
        void channel
          .consume(queue, (message) => resolve(String(message?.fields.routingKey)))
          .then(() => publish(answering, exchanges.events, 'peer.joined.x'));
      });
    });
    await expect(seen).resolves.toBe('peer.joined.x');
  });

  const refusals: [string, BrokerRole, (channel: ConfirmChannel) => Promise<unknown>][] = [
    [
      'a peer speak for another',
      'peer',
      (channel) => publish(channel, exchanges.requests, 'connection.join.cli'),
    ],
    [
      'a peer publish to the default exchange',
      'peer',
      (channel) => publish(channel, '', queues.connection.name),
    ],
    [
      'a peer consume what is for anchors',
      'peer',
      (channel) => channel.consume(queues.connection.name, () => undefined),
    ],
    [
      'a peer tell what only anchors know',
      'peer',
      (channel) => publish(channel, exchanges.events, 'peer.left.x'),
    ],
    ['a peer delete topology', 'peer', (channel) => channel.deleteExchange(exchanges.requests)],
    [
      'a peer read requests of others',
      'peer',
      async (channel) => {
        const inbox = inboxQueue(peerId, 2);
        await channel.assertQueue(inbox, { exclusive: true, durable: false });
        await channel.bindQueue(inbox, exchanges.requests, '#');
      },
    ],
    [
      'a peer listen to the broker',
      'peer',
      async (channel) => {
        const inbox = inboxQueue(peerId, 3);
        await channel.assertQueue(inbox, { exclusive: true, durable: false });
        await channel.bindQueue(inbox, BROKER_EVENTS_EXCHANGE, '#');
      },
    ],
    [
      'an outside publisher join',
      'publisher',
      (channel) => publish(channel, exchanges.requests, `connection.join.${peerId}`),
    ],
    [
      'an outside publisher tell facts',
      'publisher',
      (channel) => publish(channel, exchanges.events, 'download.failed.x'),
    ],
    [
      'an outside publisher make queues',
      'publisher',
      (channel) => channel.assertQueue('', { exclusive: true }),
    ],
    ['a person read the queues of anchors', 'operator', (channel) => channel.get(queues.transfer.name)],
    ['an anchor touch what belongs to no network', 'anchor', (channel) => channel.assertQueue('elsewhere')],
  ];
  it.each(refusals)('does not let %s', async (_what, role, act) => {
    await expect(as(role, act)).rejects.toThrow(/ACCESS.REFUSED/);
  });

  it('knows no guest', async () => {
    const url = new URL(services.amqpUrl('peer'));
    await expect(connect(`amqp://guest:guest@${url.host}`)).rejects.toThrow(/ACCESS.REFUSED/);
  });
});
