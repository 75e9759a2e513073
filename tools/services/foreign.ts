import { connect, type Channel } from 'amqplib';
import { Redis } from 'ioredis';
import { topologyOf } from '#contracts';
import type { ForeignNetwork } from '../run/run-record.js';

const KEYS_PER_ROUND = 500;
const CONNECT_TIMEOUT_MS = 5_000;

const removeTopology = async (channel: Channel, network: string): Promise<void> => {
  const { exchanges, queues } = topologyOf(network);
  for (const queue of Object.values(queues)) await channel.deleteQueue(queue.name);
  for (const exchange of Object.values(exchanges)) await channel.deleteExchange(exchange);
};

/** Takes a network's queues and exchanges off a broker. */
export const leaveBroker = async (amqpUrl: string, network: string): Promise<void> => {
  const connection = await connect(amqpUrl, { timeout: CONNECT_TIMEOUT_MS });
  connection.on('error', () => undefined);
  try {
    const channel = await connection.createChannel();
    channel.on('error', () => undefined);
    await removeTopology(channel, network);
  } finally {
    await connection.close().catch(() => undefined);
  }
};

/** Takes every key that names the network out of Redis. Its id must be unique: it is searched anywhere in the key. */
export const leaveRedis = async (redisUrl: string, network: string): Promise<void> => {
  const client = new Redis(redisUrl, {
    lazyConnect: true,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  client.on('error', () => undefined);
  try {
    let cursor = '0';
    do {
      const [next, keys] = await client.scan(cursor, 'MATCH', `*${network}*`, 'COUNT', KEYS_PER_ROUND);
      if (keys.length > 0) await client.unlink(...keys);
      cursor = next;
    } while (cursor !== '0');
  } finally {
    client.disconnect();
  }
};

/** Removes what runs left on servers that they did not start. A server that is gone has nothing left to clean. */
export const leaveForeignNetworks = async (networks: readonly ForeignNetwork[]): Promise<void> => {
  await Promise.allSettled(
    networks.flatMap(({ network, amqpUrl, redisUrl }) => [
      ...(amqpUrl === undefined ? [] : [leaveBroker(amqpUrl, network)]),
      ...(redisUrl === undefined ? [] : [leaveRedis(redisUrl, network)]),
    ]),
  );
};
