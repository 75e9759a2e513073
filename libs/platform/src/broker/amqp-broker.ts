import { isTransient, type Random, type ShoalError } from '#core';
import { topologyOf, type ReplyBody, type RequestBody, type RequestName, type Topology } from '#contracts';
import { silentLog, type Log } from '../log/log.js';
import { brokerAway, channelError } from './amqp-errors.js';
import { AmqpLink, openConnection } from './amqp-link.js';
import { AmqpSession } from './amqp-session.js';
import { ask } from './asking.js';
import type { ConsumeOptions, Consumer, MessageHandler, OutgoingMessage, RequestOptions } from './broker.js';
import { BROKER_LIMITS } from './broker-limits.js';
import { BrokerStates } from './broker-states.js';
import { ClusterWatch } from './cluster-watch.js';
import { QueueConsumer, type ConsumerTools } from './consumer.js';
import { deadLetterOf } from './dead-letter.js';
import { encodeMessage } from './encode.js';
import { PendingRequests } from './requests.js';
import type { BrokerState, ManagedBroker, SessionSetup } from './session.js';

export interface AmqpBrokerOptions {
  /** Nodes of one cluster (see `parseAmqpUrls`). */
  readonly urls: readonly string[];
  /** The word that ends this process's routing keys. */
  readonly sender: string;
  /** Shown on the broker's admin page: `server1/manifest`, `peer/host7`. */
  readonly connectionName: string;
  readonly network: string;
  /** Seconds; 5 unless given. */
  readonly heartbeat?: number;
  readonly log?: Log;
  readonly random?: Random;
}

/** The broker over AMQP 0-9-1. Nothing happens before `start`. */
export class AmqpBroker implements ManagedBroker {
  readonly sender: string;
  private readonly topology: Topology;
  private readonly log: Log;
  private readonly link: AmqpLink<AmqpSession>;
  private readonly replies = new PendingRequests();
  private readonly setups: SessionSetup[] = [];
  private readonly states = new BrokerStates();
  private readonly consumers = new Set<QueueConsumer>();
  private readonly sessionConsumers = new Set<QueueConsumer>();
  private readonly clusters = new ClusterWatch();
  private session: AmqpSession | undefined;
  private sessions = 0;
  private stopping = false;

  constructor(private readonly options: AmqpBrokerOptions) {
    this.sender = options.sender;
    this.topology = topologyOf(options.network);
    this.log = options.log ?? silentLog;
    this.link = new AmqpLink(
      options.urls,
      {
        dial: (url) => this.dial(url),
        onReady: (session) => this.onReady(session),
        onEnded: (session) => this.onEnded(session),
        onFailed: (errors, round) => this.onFailed(errors, round),
      },
      options.random ?? Math.random,
    );
  }

  get isConnected(): boolean {
    return this.session?.isOpen === true;
  }

  get clusterName(): string | undefined {
    return this.session?.clusterName ?? this.clusters.latest;
  }

  onSession(setup: SessionSetup): void {
    this.setups.push(setup);
  }

  onState(listener: (state: BrokerState) => void): void {
    this.states.listen(listener);
  }

  async start(withinMs?: number): Promise<void> {
    const first = this.states.firstSession(withinMs);
    void this.link.run();
    try {
      await first;
    } catch (thrown) {
      await this.stop();
      throw thrown;
    }
  }

  async stop(drainMs: number = BROKER_LIMITS.drain): Promise<void> {
    this.stopping = true;
    const consumers = [...this.consumers, ...this.sessionConsumers];
    await Promise.race([Promise.all(consumers.map((consumer) => consumer.stop())), delay(drainMs)]);
    this.link.stop();
    await this.session?.close();
    this.replies.failAll();
  }

  async publish(message: OutgoingMessage): Promise<void> {
    const encoded = encodeMessage(message, this.sender);
    await this.live().publish(encoded);
  }

  request<N extends RequestName>(
    name: N,
    body: RequestBody<N>,
    options: RequestOptions = {},
  ): Promise<ReplyBody<N>> {
    const asking = {
      sender: this.sender,
      requestsExchange: this.topology.exchanges.requests,
      replies: this.replies,
      connected: (timeoutMs: number) => this.connected(timeoutMs),
    };
    return ask(asking, name, body, options);
  }

  async consume(queue: string, options: ConsumeOptions, handler: MessageHandler): Promise<Consumer> {
    return this.add(this.consumers, queue, options, handler, this.session);
  }

  private async add(
    group: Set<QueueConsumer>,
    queue: string,
    options: ConsumeOptions,
    handler: MessageHandler,
    session: AmqpSession | undefined,
  ): Promise<Consumer> {
    const consumer = new QueueConsumer(queue, options, handler, this.consumerTools());
    group.add(consumer);
    try {
      if (session !== undefined) await consumer.attach(session);
    } catch (thrown) {
      group.delete(consumer);
      void consumer.stop();
      throw channelError(thrown, `consuming ${queue}`);
    }
    return { stop: () => (group.delete(consumer), consumer.stop()) };
  }

  private consumerTools(): ConsumerTools {
    return {
      name: this.options.connectionName,
      log: this.log,
      wait: delay,
      deadLetter: async (message, error) =>
        this.live().publish(deadLetterOf(message, error, this.topology.exchanges.dead, Date.now())),
    };
  }

  private live(): AmqpSession {
    if (this.session?.isOpen === true) return this.session;
    throw brokerAway('there is no connection to the broker');
  }

  /** The session, as soon as there is one within `timeoutMs`. */
  private async connected(timeoutMs: number): Promise<AmqpSession> {
    if (this.isConnected || this.stopping) return this.live();
    await this.states.nextSession(timeoutMs);
    return this.live();
  }

  private async dial(url: string): Promise<AmqpSession> {
    const model = await openConnection(url, this.options.connectionName, this.options.heartbeat);
    const session = new AmqpSession(++this.sessions, model, {
      log: this.log,
      onReply: (reply) => this.replies.take(reply),
      onReplyLost: () => this.replies.failAll(),
      consumeOn: (on, queue, options, handler) =>
        this.add(this.sessionConsumers, queue, options, handler, on),
    });
    try {
      this.clusters.check(url, session.clusterName);
      await session.openPublisher();
      for (const setup of this.setups) await setup(session);
      if (this.stopping) throw brokerAway('stopped while connecting');
      return session;
    } catch (thrown) {
      await session.close();
      throw thrown;
    }
  }

  private onReady(session: AmqpSession): void {
    this.session = session;
    this.log.info({ cluster: session.clusterName, session: session.number }, 'connected to the broker');
    for (const consumer of this.consumers) {
      consumer.attach(session).catch((thrown: unknown) => {
        session.fail(channelError(thrown, `consuming ${consumer.queue}`).message);
      });
    }
    this.states.tell({ kind: 'connected', clusterName: session.clusterName, session: session.number });
  }

  private async onEnded(session: AmqpSession): Promise<void> {
    const error = await session.ended;
    this.session = undefined;
    this.sessionConsumers.clear();
    if (this.stopping) return;
    this.log.warn({ session: session.number }, error.message);
    this.states.tell({ kind: 'lost', error });
  }

  private onFailed(errors: readonly ShoalError[], round: number): void {
    // One URL that may work later is reason enough to go on.
    const error = errors.find(isTransient) ?? errors[0] ?? brokerAway('no broker URL is configured');
    for (const each of errors) this.log.warn({ code: each.code, round }, each.message);
    this.states.tell({ kind: 'failed', error, round });
  }
}

const delay = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds).unref());
