import type { Incarnation, PeerId } from '#core';
import type { FactName, ReportName, RequestName } from './catalogue.js';

/** The network that a machine belongs to when nothing else is said. */
export const DEFAULT_NETWORK = 'shoal';

/** Which keys of an exchange a queue takes. `*` stands for one word, mostly the sender. */
export interface Binding {
  readonly exchange: string;
  readonly key: string;
}

export interface SharedQueue {
  readonly name: string;
  readonly bindings: readonly Binding[];
  /** Oldest messages are dropped past this many; unbounded when left out. */
  readonly maxMessages?: number;
}

/** The names of one network on a broker. Several networks can share a broker: each name starts with the network. */
export interface Topology {
  readonly network: string;
  readonly exchanges: {
    /** Requests and reports to the anchors, and the public door. Topic. */
    readonly requests: string;
    /** Facts for anyone. Topic. */
    readonly events: string;
    /** What can never be handled, with the reason in its headers. Topic; the key is the original routing key. */
    readonly dead: string;
    /** What no queue wanted: the alternate exchange of the three above. Topic. */
    readonly unrouted: string;
  };
  readonly queues: {
    readonly connection: SharedQueue;
    readonly manifest: SharedQueue;
    readonly transfer: SharedQueue;
    /** The broker's own `queue.deleted` events. */
    readonly presence: SharedQueue;
    readonly dead: SharedQueue;
    readonly unrouted: SharedQueue;
  };
  /**
   * Joins addressed to one anchor. Auto-delete: it goes with its last consumer, so that a mandatory join to a dead
   * anchor comes back at once.
   */
  anchorJoinQueue(anchor: string): SharedQueue;
}

/** Written by the broker's `rabbitmq_event_exchange` plugin. */
export const BROKER_EVENTS_EXCHANGE = 'amq.rabbitmq.event';

/** Dead letters and unrouted messages kept for a person to look at. */
const KEPT_MESSAGES = 10_000;

export const topologyOf = (network: string): Topology => {
  const named = (word: string): string => `${network}.${word}`;
  const requests = named('requests');
  const events = named('events');
  const dead = named('dead');
  const unrouted = named('unrouted');
  const on = (exchange: string, keys: readonly string[]): Binding[] => keys.map((key) => ({ exchange, key }));
  return {
    network,
    exchanges: { requests, events, dead, unrouted },
    queues: {
      connection: {
        name: named('connection'),
        bindings: on(requests, [
          'connection.join.*',
          'connection.leave.*',
          'connection.lease.*',
          'connection.peers.*',
          'connection.check.*',
          'peer.unreachable.*',
          'peer.misbehaved.*',
        ]),
      },
      manifest: {
        name: named('manifest'),
        bindings: on(requests, ['manifest.*.*', 'chunk.acknowledged.*', 'holdings.*.*']),
      },
      transfer: {
        name: named('transfer'),
        bindings: [
          // The public door: no sender needed.
          ...on(requests, ['transfer.download', 'transfer.cancel', 'transfer.store', 'transfer.*.*']),
          ...on(events, ['download.*.*', 'peer.joined.*', 'peer.left.*', 'file.published.*']),
        ],
      },
      presence: {
        name: named('presence'),
        bindings: on(BROKER_EVENTS_EXCHANGE, ['queue.deleted']),
        maxMessages: KEPT_MESSAGES,
      },
      dead: { name: dead, bindings: on(dead, ['#']), maxMessages: KEPT_MESSAGES },
      unrouted: {
        name: unrouted,
        // Never `connection.join.<anchor>.<sender>` and the like: those must come back to a sender that set `mandatory`.
        bindings: on(unrouted, [
          'connection.join.*',
          'connection.check.*',
          'connection.leave.#',
          'connection.lease.#',
          'connection.peers.#',
          'peer.#',
          'manifest.#',
          'chunk.#',
          'holdings.#',
          'transfer.#',
        ]),
        maxMessages: KEPT_MESSAGES,
      },
    },
    anchorJoinQueue: (anchor) => ({
      name: named(`connection.${anchor}`),
      bindings: on(requests, [`connection.join.${anchor}.*`, `connection.check.${anchor}.*`]),
    }),
  };
};

/** A peer's inbox; exclusive, so the broker deletes it the moment the peer's connection ends. */
export const inboxQueue = (peerId: PeerId, incarnation: Incarnation): string =>
  `peer.${peerId}.${incarnation}`;

/** Facts that every inbox takes. */
export const WIPED_KEY = 'registry.wiped.*';

const INBOX = /^peer\.([0-9a-f]{40})\.(\d{1,16})$/;
export const parseInboxQueue = (queue: string): { peerId: PeerId; incarnation: Incarnation } | undefined => {
  const match = INBOX.exec(queue);
  return match === null ? undefined : { peerId: match[1] as PeerId, incarnation: Number(match[2]) };
};

/**
 * Routing keys end with the sender, so that a topic permission can pin it: `chunk.acknowledged.<peerId>`.
 * A sender without a peer id (cli, console, an outside program) uses a word of its own.
 */
export const requestKey = (name: RequestName | ReportName, sender: string): string => `${name}.${sender}`;
/** A join that only this anchor may take. */
export const anchorJoinKey = (anchor: string, sender: string): string =>
  `connection.join.${anchor}.${sender}`;
/** A question that only this anchor may answer. */
export const anchorCheckKey = (anchor: string, sender: string): string =>
  `connection.check.${anchor}.${sender}`;
/** `subject`: the peer, file or distribution that the fact is about. */
export const factKey = (name: FactName, subject: string): string => `${name}.${subject}`;

/** Names that may come without an AMQP `type`: their routing key alone says what they are (`amqp-publish` has no type). */
export const PUBLIC_DOOR: readonly RequestName[] = ['transfer.download', 'transfer.cancel', 'transfer.store'];

/** Message headers. */
export const HEADERS = {
  /** Version of the message schema; 1 when left out. */
  schema: 'shoal-schema',
  /**
   * On a dead letter: error code, message, the queue it was consumed from, when (milliseconds since 1970), the exchange that it
   * was sent to, and its bytes where only the first of them were kept.
   */
  deadCode: 'shoal-dead-code',
  deadReason: 'shoal-dead-reason',
  deadQueue: 'shoal-dead-queue',
  deadAt: 'shoal-dead-at',
  deadExchange: 'shoal-dead-exchange',
  deadSize: 'shoal-dead-size',
} as const;
export const SCHEMA_VERSION = 1;
