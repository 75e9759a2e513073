import { randomUUID } from 'node:crypto';
import { FACTS, topologyOf, type FactBody, type FactName } from '#contracts';
import type { BrokerSession, IncomingMessage, ManagedBroker } from '#platform';
import { FACTS_WAITING_MAX, STREAMS_MAX } from './console-limits.js';

/** Facts in hand at the same time. */
const PREFETCH = 100;

export interface DistributionFact {
  readonly name: FactName;
  readonly id: string;
  readonly body: FactBody<'distribution.completed'> | FactBody<'download.progress'>;
}
export interface Listener {
  fact(fact: DistributionFact): void;
  /** Facts may have been missed: the broker was away. */
  gap(): void;
}

/** Hands the facts about distributions to whoever listens; with nobody listening they are not even read. */
export class FactHub {
  private readonly listeners = new Map<string, Set<Listener>>();
  private count = 0;

  /** From before the broker is started. */
  openOn(broker: Pick<ManagedBroker, 'onSession'>, networkId: string): void {
    const { exchanges } = topologyOf(networkId);
    broker.onSession(async (session: BrokerSession) => {
      const queue = `console.${randomUUID()}`;
      const args = { 'x-max-length': FACTS_WAITING_MAX };
      await session.assertQueue(queue, {
        durable: false,
        exclusive: true,
        autoDelete: true,
        arguments: args,
      });
      for (const key of ['download.*.*', 'distribution.*.*'])
        await session.bindQueue(queue, exchanges.events, key);
      await session.consume(queue, { prefetch: PREFETCH }, async (message) => this.take(message));
      this.noteGap();
    });
  }

  /** Who listens now. */
  get listening(): number {
    return this.count;
  }

  get isFull(): boolean {
    return this.count >= STREAMS_MAX;
  }

  /** Returns what ends it. */
  listen(distributionId: string, listener: Listener): () => void {
    const all = this.listeners.get(distributionId) ?? new Set();
    this.listeners.set(distributionId, all.add(listener));
    this.count++;
    return () => {
      if (!all.delete(listener)) return;
      this.count--;
      if (all.size === 0) this.listeners.delete(distributionId);
    };
  }

  /** A new connection has a new queue. */
  noteGap(): void {
    for (const all of this.listeners.values()) for (const listener of all) listener.gap();
  }

  take({ name, body, messageId }: Pick<IncomingMessage, 'name' | 'body' | 'messageId'>): void {
    if (this.count === 0 || name === undefined || !Object.hasOwn(FACTS, name)) return;
    const parsed = FACTS[name as FactName].safeParse(jsonOf(body));
    if (!parsed.success || !('distributionId' in parsed.data)) return;
    const fact = {
      name: name as FactName,
      id: messageId ?? '',
      body: parsed.data as DistributionFact['body'],
    };
    for (const listener of this.listeners.get(fact.body.distributionId ?? '') ?? []) listener.fact(fact);
  }
}

const jsonOf = (bytes: Buffer): unknown => {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return undefined;
  }
};
