import { randomUUID } from 'node:crypto';
import { FACTS, topologyOf, type FactBody, type FactName } from '#contracts';
import type { BrokerSession, IncomingMessage, ManagedBroker } from '#platform/broker';

export type Fact = { [N in FactName]: { readonly name: N; readonly body: FactBody<N> } }[FactName];

/** Facts in flight: enough for a burst, few enough to bound memory. */
const PREFETCH = 100;
/** Facts that wait while this process is busy; older ones are dropped. */
const QUEUE_LENGTH_MAX = 10_000;

/**
 * Calls back for every fact of these keys, from before the first request on. The queue is exclusive: it goes with the
 * connection, and a reconnect makes another one, so facts of the time between are missed.
 */
export const watchFacts = (
  broker: Pick<ManagedBroker, 'onSession'>,
  networkId: string,
  keys: readonly string[],
  handler: (fact: Fact) => void,
): void => {
  const { exchanges } = topologyOf(networkId);
  broker.onSession(async (session: BrokerSession) => {
    const queue = `cli.${randomUUID()}`;
    await session.assertQueue(queue, {
      durable: false,
      exclusive: true,
      autoDelete: true,
      arguments: { 'x-max-length': QUEUE_LENGTH_MAX },
    });
    for (const key of keys) await session.bindQueue(queue, exchanges.events, key);
    await session.consume(queue, { prefetch: PREFETCH }, async (message) => {
      const fact = readFact(message);
      if (fact !== undefined) handler(fact);
    });
  });
};

/** Undefined for what is not a fact of this version: a watcher must not make dead letters of other people's messages. */
export const readFact = ({ name, body }: Pick<IncomingMessage, 'name' | 'body'>): Fact | undefined => {
  if (name === undefined || !Object.hasOwn(FACTS, name)) return undefined;
  try {
    const parsed = FACTS[name as FactName].safeParse(JSON.parse(body.toString('utf8')));
    return parsed.success ? ({ name, body: parsed.data } as Fact) : undefined;
  } catch {
    return undefined;
  }
};
