import { randomUUID } from 'node:crypto';
import { errorFromDocument, ShoalError } from '#core';
import {
  HEADERS,
  requestKey,
  topologyOf,
  type ReplyBody,
  type ReplyEnvelope,
  type RequestBody,
  type RequestName,
} from '#contracts';
import {
  BROKER_LIMITS,
  settle,
  type Broker,
  type ConsumeOptions,
  type Consumer,
  type IncomingMessage,
  type MessageHandler,
  type OutgoingMessage,
  type RequestOptions,
} from '#platform';
import { MemoryQueues } from './memory-queues.js';

/** A broker without a network, for tests of what stands on the `Broker` port. Several of them may share their queues. */
export class MemoryBroker implements Broker {
  isConnected = true;
  /** Everything that was published or asked through this broker, in order. */
  readonly sent: OutgoingMessage[] = [];

  constructor(
    readonly sender: string,
    readonly queues = new MemoryQueues(),
    private readonly network = 'test',
  ) {}

  async publish(message: OutgoingMessage): Promise<void> {
    if (!this.isConnected) throw away();
    const body = Buffer.from(JSON.stringify(message.body ?? null));
    if (body.length > BROKER_LIMITS.bodyBytes)
      throw new ShoalError('limit-exceeded', 'the body is too large');
    this.sent.push(message);
    const taken = this.queues.route({
      exchange: message.exchange,
      routingKey: message.key,
      name: message.name,
      body,
      messageId: message.messageId ?? randomUUID(),
      correlationId: message.correlationId,
      replyTo: message.replyTo,
      redelivered: false,
      headers: { [HEADERS.schema]: 1, ...message.headers },
    });
    if (taken === 0 && message.mandatory === true) {
      throw new ShoalError('unroutable', `no queue takes "${message.key}"`);
    }
  }

  async request<N extends RequestName>(
    name: N,
    body: RequestBody<N>,
    options: RequestOptions = {},
  ): Promise<ReplyBody<N>> {
    const messageId = randomUUID();
    const replyTo = `memory.reply.${messageId}`;
    this.queues.declare(replyTo);
    const message: OutgoingMessage = {
      exchange: topologyOf(this.network).exchanges.requests,
      key: options.key ?? requestKey(name, this.sender),
      name,
      body,
      messageId,
      correlationId: messageId,
      replyTo,
      mandatory: options.mandatory ?? false,
    };
    for (let tries = options.tries ?? BROKER_LIMITS.requestTries; tries > 0; tries--) {
      await this.publish(message);
      const reply = await this.replyWithin(replyTo, options.timeoutMs ?? BROKER_LIMITS.requestTimeout);
      if (reply === undefined) continue;
      const envelope = JSON.parse(reply.body.toString('utf8')) as ReplyEnvelope;
      if (!envelope.ok) throw errorFromDocument(envelope.error);
      return envelope.result as ReplyBody<N>;
    }
    throw new ShoalError('timeout', `${name} was not answered`, { retry: 'transient' });
  }

  async consume(queue: string, options: ConsumeOptions, handler: MessageHandler): Promise<Consumer> {
    if (!this.queues.has(queue)) throw new ShoalError('not-found', `no queue ${queue}`);
    const consumer = new MemoryConsumer(this, queue, options, handler);
    consumer.start();
    return consumer;
  }

  /** @internal */
  async deadLetter(message: IncomingMessage, error: ShoalError): Promise<void> {
    this.queues.route({
      ...message,
      exchange: topologyOf(this.network).exchanges.dead,
      headers: {
        ...message.headers,
        [HEADERS.deadCode]: error.code,
        [HEADERS.deadReason]: error.message,
        [HEADERS.deadQueue]: message.queue,
        [HEADERS.deadAt]: 0,
      },
    });
  }

  private replyWithin(queue: string, timeoutMs: number): Promise<IncomingMessage | undefined> {
    return new Promise((resolve) => {
      let withdraw = (): void => {};
      const timer = setTimeout(() => (withdraw(), resolve(undefined)), timeoutMs);
      withdraw = this.queues.take(queue, (message) => {
        clearTimeout(timer);
        resolve(message);
      });
    });
  }
}

const away = (): ShoalError =>
  new ShoalError('broker-away', 'there is no connection to the broker', { retry: 'transient' });

class MemoryConsumer implements Consumer {
  private readonly inHand = new Set<Promise<void>>();
  private readonly withdrawals = new Set<() => void>();
  private running = false;

  constructor(
    private readonly broker: MemoryBroker,
    private readonly queue: string,
    private readonly options: ConsumeOptions,
    private readonly handler: MessageHandler,
  ) {}

  start(): void {
    this.running = true;
    this.takeMore();
  }

  async stop(): Promise<void> {
    this.halt();
    while (this.inHand.size > 0) await Promise.all(this.inHand);
  }

  private halt(): void {
    this.running = false;
    for (const withdraw of this.withdrawals) withdraw();
    this.withdrawals.clear();
  }

  private takeMore(): void {
    while (this.running && this.inHand.size + this.withdrawals.size < this.options.prefetch) {
      let taken = false;
      let withdraw = (): void => {};
      withdraw = this.broker.queues.take(this.queue, (message) => {
        // May be called before `take` has returned.
        taken = true;
        this.withdrawals.delete(withdraw);
        this.handle(message);
      });
      if (!taken) this.withdrawals.add(withdraw);
    }
  }

  private handle(message: IncomingMessage): void {
    const delivery = { message, ack: () => {}, requeue: () => this.broker.queues.giveBack(message) };
    const settled = settle(delivery, this.handler, {
      deadLetter: (dead, error) => this.broker.deadLetter(dead, error),
      pause: async () => this.pause(),
    }).finally(() => {
      this.inHand.delete(settled);
      this.takeMore();
    });
    this.inHand.add(settled);
  }

  private pause(): void {
    if (!this.running) return;
    this.halt();
    const well = this.options.untilWell?.() ?? new Promise<void>((resolve) => setImmediate(resolve));
    void well.then(() => this.start());
  }
}
