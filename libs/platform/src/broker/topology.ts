import type { SharedQueue, Topology } from '#contracts';
import type { BrokerSession, QueueOptions } from './session.js';

/** How the shared queues are kept: `classic` on one node, `quorum` (replicated) on a cluster of three or more. */
export type QueueType = 'classic' | 'quorum';

/** Bytes of dead letters and of unrouted messages kept for a person to look at. */
const KEPT_BYTES = 256 * 1_024 * 1_024;
/** Quorum queues of RabbitMQ 4 drop a message after 20 returns; a dependency may be away for longer than that. */
const DELIVERY_LIMIT = 1_000_000;
/** Milliseconds after which an anchor's join queue goes when the broker's restart left it without consumer. */
const JOIN_QUEUE_EXPIRES = 30_000;

/**
 * Declares everything that the anchors of a network share. Anchors run it on every connect; peers never do.
 * `presenceEvents`: the broker tells when a queue is deleted (its event exchange is there and may be read).
 */
export const assertTopology = async (
  session: BrokerSession,
  topology: Topology,
  queueType: QueueType,
): Promise<{ readonly presenceEvents: boolean }> => {
  const { exchanges, queues } = topology;
  await session.assertExchange(exchanges.unrouted);
  for (const name of [exchanges.requests, exchanges.events, exchanges.dead]) {
    await session.assertExchange(name, exchanges.unrouted);
  }
  for (const queue of [queues.unrouted, queues.dead, queues.connection, queues.manifest, queues.transfer]) {
    await session.assertQueue(queue.name, sharedQueue(queue, queueType));
    await bind(session, queue);
  }
  await session.assertQueue(queues.presence.name, sharedQueue(queues.presence, 'classic'));
  return { presenceEvents: await bindPresence(session, queues.presence) };
};

/** The queue for joins that only this anchor may take. */
export const assertAnchorQueue = async (
  session: BrokerSession,
  topology: Topology,
  anchor: string,
): Promise<SharedQueue> => {
  const queue = topology.anchorJoinQueue(anchor);
  await session.assertQueue(queue.name, {
    autoDelete: true,
    arguments: { 'x-queue-type': 'classic', 'x-expires': JOIN_QUEUE_EXPIRES },
  });
  await bind(session, queue);
  return queue;
};

const bind = async (session: BrokerSession, queue: SharedQueue): Promise<void> => {
  for (const { exchange, key } of queue.bindings) await session.bindQueue(queue.name, exchange, key);
};

const bindPresence = async (session: BrokerSession, queue: SharedQueue): Promise<boolean> => {
  for (const { exchange, key } of queue.bindings) {
    if (!(await session.bindIfExists(queue.name, exchange, key))) return false;
  }
  return true;
};

const sharedQueue = ({ maxMessages }: SharedQueue, queueType: QueueType): QueueOptions => ({
  arguments: {
    'x-queue-type': queueType,
    ...(queueType === 'quorum' ? { 'x-delivery-limit': DELIVERY_LIMIT } : {}),
    ...(maxMessages === undefined ? {} : { 'x-max-length': maxMessages, 'x-max-length-bytes': KEPT_BYTES }),
  },
});
