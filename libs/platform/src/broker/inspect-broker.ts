import { randomUUID } from 'node:crypto';
import type { ChannelModel } from 'amqplib';
import { asShoalError } from '#core';
import { BROKER_EVENTS_EXCHANGE, topologyOf } from '#contracts';
import { channelError } from './amqp-errors.js';
import { openConnection } from './amqp-link.js';

/** What a person would look up on the broker's admin page. */
export interface BrokerFacts {
  readonly product: string;
  readonly version: string;
  readonly clusterName: string;
  /** Milliseconds of one round trip. */
  readonly roundTripMs: number;
  /** The exchanges of the network are there: an anchor has been on this broker. */
  readonly hasNetwork: boolean;
  /** The plugin `rabbitmq_event_exchange` runs. */
  readonly hasEvents: boolean;
  /** Messages that wait there; undefined when there is no such queue. */
  readonly deadLetters: number | undefined;
  readonly unrouted: number | undefined;
  /** Rights that a program of a person needs and this user does not have. */
  readonly missingRights: readonly string[];
}

/** Looks at a broker without changing anything. @throws ShoalError `broker-away`, `bad-config` (user, password, virtual host) */
export const inspectBroker = async (
  url: string,
  network: string,
  connectionName: string,
): Promise<BrokerFacts> => {
  const model = await openConnection(url, connectionName);
  model.on('error', () => undefined);
  try {
    const { exchanges, queues } = topologyOf(network);
    const [requests, events, plugin] = await Promise.all(
      [exchanges.requests, exchanges.events, BROKER_EVENTS_EXCHANGE].map((name) => hasExchange(model, name)),
    );
    const roundTripMs = await roundTrip(model);
    const [deadLetters, unrouted] = await Promise.all(
      [queues.dead.name, queues.unrouted.name].map((name) => messagesIn(model, name)),
    );
    const { product, version, cluster_name: clusterName } = model.connection.serverProperties;
    return {
      product: String(product),
      version: String(version),
      clusterName: String(clusterName ?? 'unknown'),
      roundTripMs,
      hasNetwork: requests === true && events === true,
      hasEvents: plugin === true,
      deadLetters,
      unrouted,
      missingRights: events === true ? await missingRights(model, exchanges.events) : [],
    };
  } finally {
    await model.close().catch(() => undefined);
  }
};

const hasExchange = (model: ChannelModel, name: string): Promise<boolean> =>
  passive(model, (channel) => channel.checkExchange(name)).then((found) => found !== undefined);

const messagesIn = async (model: ChannelModel, name: string): Promise<number | undefined> =>
  (await passive(model, (channel) => channel.checkQueue(name)))?.messageCount;

/** What is not there closes its channel: each look has one of its own. */
const passive = async <T>(
  model: ChannelModel,
  look: (channel: Awaited<ReturnType<ChannelModel['createChannel']>>) => Promise<T>,
): Promise<T | undefined> => {
  const channel = await model.createChannel();
  channel.on('error', () => undefined);
  try {
    const found = await look(channel);
    await channel.close();
    return found;
  } catch {
    return undefined;
  }
};

const roundTrip = async (model: ChannelModel): Promise<number> => {
  const channel = await model.createChannel();
  const start = performance.now();
  await channel.prefetch(1);
  const milliseconds = performance.now() - start;
  await channel.close();
  return milliseconds;
};

/** A queue of one's own that hears facts, as every program that follows a download has; it goes with the connection. */
const missingRights = async (model: ChannelModel, events: string): Promise<string[]> => {
  const channel = await model.createChannel();
  channel.on('error', () => undefined);
  const queue = `cli.${randomUUID()}`;
  try {
    await channel.assertQueue(queue, { exclusive: true, durable: false, autoDelete: true });
  } catch (thrown) {
    return [`"configure" on queues cli.*: ${textOf(thrown, `declaring ${queue}`)}`];
  }
  try {
    await channel.bindQueue(queue, events, 'download.*.*');
  } catch (thrown) {
    return [`"read" on ${events} and "write" on queues cli.*: ${textOf(thrown, `binding ${queue}`)}`];
  }
  await channel.close();
  return [];
};

const textOf = (thrown: unknown, doing: string): string => asShoalError(channelError(thrown, doing)).message;
