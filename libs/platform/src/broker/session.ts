import type { ShoalError } from '#core';
import type { Broker, ConsumeOptions, Consumer, MessageHandler } from './broker.js';

/** How a queue is declared; `durable` defaults to true, the rest to false. */
export interface QueueOptions {
  readonly durable?: boolean;
  readonly exclusive?: boolean;
  readonly autoDelete?: boolean;
  readonly arguments?: Readonly<Record<string, string | number>>;
}

/**
 * One life of the connection to a broker: from a connect to the moment it is lost. Declarations belong here, since they
 * must be made again on every connection. Every promise rejects with a ShoalError.
 */
export interface BrokerSession {
  /** 1 for the first connection of this process, 2 for the next ... */
  readonly number: number;
  /** Name of the broker's cluster, as the broker says it; the same on all of its nodes. */
  readonly clusterName: string;
  /** A durable topic exchange; what it cannot route goes to `alternate`. */
  assertExchange(name: string, alternate?: string): Promise<void>;
  assertQueue(name: string, options?: QueueOptions): Promise<void>;
  bindQueue(queue: string, exchange: string, key: string): Promise<void>;
  /** Like `bindQueue`; false when the exchange is not there or may not be read. */
  bindIfExists(queue: string, exchange: string, key: string): Promise<boolean>;
  /** Consumes for this session only; `Broker.consume` outlives it. */
  consume(queue: string, options: ConsumeOptions, handler: MessageHandler): Promise<Consumer>;
}

/**
 * Declares what a process needs. Runs on every connect and reconnect, before anything is consumed or published, so it must
 * not publish or ask. When it rejects, the connection counts as failed.
 */
export type SessionSetup = (session: BrokerSession) => Promise<void>;

export type BrokerState =
  | { readonly kind: 'connected'; readonly clusterName: string; readonly session: number }
  | { readonly kind: 'lost'; readonly error: ShoalError }
  /** A round of attempts failed; the next one comes by itself. */
  | { readonly kind: 'failed'; readonly error: ShoalError; readonly round: number };

/** A broker whose connection this process owns. */
export interface ManagedBroker extends Broker {
  /** Of the present or last session; undefined before the first. */
  readonly clusterName: string | undefined;
  onSession(setup: SessionSetup): void;
  onState(listener: (state: BrokerState) => void): void;
  /**
   * Connects and stays connected for ever. Resolves when the first session is ready. Rejects with `bad-config` when no
   * URL can work as configured, with `broker-away` after `withinMs` if given; it stops then.
   */
  start(withinMs?: number): Promise<void>;
  /** Takes no new message, waits at most `drainMs` for those in hand, closes. */
  stop(drainMs?: number): Promise<void>;
}
