import { randomBytes } from 'node:crypto';
import { connect } from 'amqplib';
import { topologyOf, type Topology } from '#contracts';
import { AmqpBroker, assertTopology, parseAmqpUrls, type Log } from '#platform';
import { sharedRabbit, type RabbitAddress } from './rabbit.js';

/** A network of its own on a real broker, removed again by `close`. */
export interface TestNetwork {
  readonly network: string;
  readonly url: string;
  readonly topology: Topology;
  /** A broker of this network, not started. Stopped by `close`. */
  broker(sender: string, options?: { readonly log?: Log; readonly url?: string }): AmqpBroker;
  /** Like `broker`, with the topology on every session, started. */
  anchor(sender: string): Promise<AmqpBroker>;
  /** Removes these queues at the end, too. */
  ownQueue(name: string): void;
  close(): Promise<void>;
}

export const openTestNetwork = async (rabbit?: RabbitAddress): Promise<TestNetwork> => {
  const { url } = rabbit ?? (await sharedRabbit());
  const network = `test-${randomBytes(6).toString('hex')}`;
  const topology = topologyOf(network);
  const brokers: AmqpBroker[] = [];
  const queues = new Set(Object.values(topology.queues).map(({ name }) => name));
  const broker: TestNetwork['broker'] = (sender, options = {}) => {
    const made = new AmqpBroker({
      urls: parseAmqpUrls(options.url ?? url),
      sender,
      connectionName: `test/${sender}`,
      network,
      ...(options.log === undefined ? {} : { log: options.log }),
    });
    brokers.push(made);
    return made;
  };
  return {
    network,
    url,
    topology,
    broker,
    anchor: async (sender) => {
      const made = broker(sender);
      made.onSession(async (session) => void (await assertTopology(session, topology, 'classic')));
      await made.start();
      return made;
    },
    ownQueue: (name) => void queues.add(name),
    close: async () => {
      await Promise.all(brokers.map((each) => each.stop(1_000)));
      await removeAll(url, queues, Object.values(topology.exchanges));
    },
  };
};

const removeAll = async (
  url: string,
  queues: Iterable<string>,
  exchanges: readonly string[],
): Promise<void> => {
  const connection = await connect(url);
  const channel = await connection.createChannel();
  for (const queue of queues) await channel.deleteQueue(queue);
  for (const exchange of exchanges) await channel.deleteExchange(exchange);
  await connection.close();
};
