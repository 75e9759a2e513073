/** A process of simulated peers, moved by messages from its parent; its argument is a CrowdPlan in JSON. */
import { asShoalError, ShoalError } from '#core';
import type { Answer, CrowdPlan, Order, OrderMessage } from './orders.js';
import { atPace } from './pace.js';
import { SimulatedPeer } from './simulated-peer.js';

const { first, count, amqpUrl, network, obeys = false } = JSON.parse(process.argv[2] as string) as CrowdPlan;
const peers = Array.from(
  { length: count },
  (_, at) => new SimulatedPeer({ number: first + at, amqpUrl, network, obeys }),
);

const carryOut = async (order: Order): Promise<number[]> => {
  switch (order.kind) {
    case 'connect':
      return await atPace(peers, { atOnce: order.atOnce }, (peer) => peer.connect());
    case 'join':
      return await joinAll(order);
    case 'messages':
      return peers.map((peer) => peer.messages);
    case 'get':
      return await atPace(
        Array.from({ length: order.count }, (_, at) => peers[at % count] as SimulatedPeer),
        order.pace,
        (peer) => peer.get(order.fileId),
      );
    case 'acknowledge':
      return await atPace(peers, { atOnce: order.atOnce }, (peer) => acknowledgeAll(peer, order));
  }
};

const joinAll = async ({ from, to, pace }: Extract<Order, { kind: 'join' }>): Promise<number[]> => {
  const joining = peers.slice(from, to);
  const times = await atPace(joining, pace, async (peer) => {
    if (!(await peer.join()))
      throw new ShoalError('peer-unreachable', 'an anchor could not dial a simulated peer');
  });
  await atPace(joining, { atOnce: pace.atOnce }, (peer) => peer.reportNothing());
  return times;
};

/** One message after the other, as a peer sends them. */
const acknowledgeAll = async (
  peer: SimulatedPeer,
  { fileId, chunkCount, batch }: Extract<Order, { kind: 'acknowledge' }>,
): Promise<void> => {
  for (let start = 0; start < chunkCount; start += batch) {
    await peer.acknowledge(fileId, chunkCount, start, Math.min(chunkCount, start + batch));
  }
};

const answer = (message: Answer): void => void process.send?.(message);

process.on('message', ({ id, order }: OrderMessage) => {
  carryOut(order).then(
    (times) => answer({ id, times }),
    (thrown: unknown) => answer({ id, error: asShoalError(thrown).message }),
  );
});
process.on('disconnect', () => process.exit(0));
process.send?.({ ready: {} });
