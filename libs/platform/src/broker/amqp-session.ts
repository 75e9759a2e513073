import type { Channel, ChannelModel, Message } from 'amqplib';
import { ShoalError } from '#core';
import type { Log } from '../log/log.js';
import { brokerAway, channelError } from './amqp-errors.js';
import type { ConsumeOptions, Consumer, MessageHandler } from './broker.js';
import { BROKER_LIMITS } from './broker-limits.js';
import type { ConsumerSession } from './consumer.js';
import type { EncodedMessage } from './encode.js';
import { Publisher } from './publisher.js';
import type { BrokerSession, QueueOptions } from './session.js';

export interface SessionEvents {
  readonly log: Log;
  onReply(reply: Message): void;
  onReplyLost(): void;
  consumeOn(
    session: AmqpSession,
    queue: string,
    options: ConsumeOptions,
    handler: MessageHandler,
  ): Promise<Consumer>;
}

/** One connection: a confirm channel, a channel for declarations, and one for each consumer. */
export class AmqpSession implements BrokerSession, ConsumerSession {
  readonly clusterName: string;
  /** Resolves with the reason when the connection is lost or closed. */
  readonly ended: Promise<ShoalError>;
  private readonly publisher: Publisher;
  private declaring: Channel | undefined;
  private open = true;
  private unblocked: Promise<void> | undefined;
  private unblock: () => void = () => {};

  constructor(
    readonly number: number,
    private readonly model: ChannelModel,
    private readonly events: SessionEvents,
  ) {
    this.clusterName = clusterNameOf(model);
    this.publisher = new Publisher(
      model,
      (reply) => events.onReply(reply),
      () => events.onReplyLost(),
    );
    this.ended = this.watch();
  }

  get isOpen(): boolean {
    return this.open;
  }

  openPublisher(): Promise<void> {
    return this.doing('opening a channel', () => this.publisher.open());
  }

  /** Waits while the broker blocks publishers (memory or disk alarm), as long as for a confirm. */
  async publish(message: EncodedMessage): Promise<void> {
    if (this.unblocked !== undefined) await this.withinConfirmTime(this.unblocked);
    await this.publisher.publish(message);
  }

  assertExchange(name: string, alternate?: string): Promise<void> {
    const options = alternate === undefined ? {} : { alternateExchange: alternate };
    return this.declare(`declaring the exchange ${name}`, (channel) =>
      channel.assertExchange(name, 'topic', { durable: true, ...options }),
    );
  }

  assertQueue(name: string, options: QueueOptions = {}): Promise<void> {
    return this.declare(`declaring the queue ${name}`, (channel) =>
      channel.assertQueue(name, { durable: true, ...options }),
    );
  }

  bindQueue(queue: string, exchange: string, key: string): Promise<void> {
    return this.declare(`binding the queue ${queue} to ${exchange}`, (channel) =>
      channel.bindQueue(queue, exchange, key),
    );
  }

  async bindIfExists(queue: string, exchange: string, key: string): Promise<boolean> {
    const channel = await this.openChannel();
    channel.on('error', () => {});
    try {
      await channel.checkExchange(exchange);
      await channel.bindQueue(queue, exchange, key);
    } catch (thrown) {
      const error = channelError(thrown, `binding the queue ${queue} to ${exchange}`);
      if (error.code === 'not-found' || error.code === 'not-allowed') return false;
      throw error;
    }
    await channel.close();
    return true;
  }

  consume(queue: string, options: ConsumeOptions, handler: MessageHandler): Promise<Consumer> {
    return this.events.consumeOn(this, queue, options, handler);
  }

  openChannel(): Promise<Channel> {
    return this.doing('opening a channel', () => this.model.createChannel());
  }

  fail(reason: string): void {
    if (!this.open) return;
    this.events.log.warn({ session: this.number }, `the connection to the broker is made anew: ${reason}`);
    void this.close();
  }

  /** Says goodbye and ends the session, also when the broker does not answer. */
  async close(): Promise<void> {
    const goodbye = this.model.close().catch(() => {});
    await Promise.race([goodbye, this.ended, delay(BROKER_LIMITS.connectTimeout)]);
    this.open = false;
  }

  private async declare(what: string, act: (channel: Channel) => Promise<unknown>): Promise<void> {
    await this.doing(what, async () => {
      this.declaring ??= await this.openDeclaring();
      await act(this.declaring);
    });
  }

  private async openDeclaring(): Promise<Channel> {
    const channel = await this.openChannel();
    // The promise of the refused declaration rejects as well; the next one needs a new channel.
    channel.on('error', () => (this.declaring = undefined));
    return channel;
  }

  private async doing<T>(what: string, act: () => Promise<T>): Promise<T> {
    try {
      return await act();
    } catch (thrown) {
      throw channelError(thrown, what);
    }
  }

  private watch(): Promise<ShoalError> {
    this.model.on('blocked', (reason: string) => this.onBlocked(reason));
    this.model.on('unblocked', () => this.unblock());
    let why: unknown;
    this.model.on('error', (error: Error) => (why = error));
    return new Promise((resolve) => {
      this.model.once('close', (closing?: Error) => {
        this.open = false;
        const text = String((why as Error | undefined)?.message ?? closing?.message ?? 'it was closed');
        const error = brokerAway(`the connection to the broker is lost: ${text}`, why ?? closing);
        this.publisher.close(error);
        this.events.onReplyLost();
        this.unblock();
        resolve(error);
      });
    });
  }

  private onBlocked(reason: string): void {
    this.events.log.warn({ reason }, 'the broker blocks publishers');
    this.unblocked ??= new Promise((resolve) => {
      this.unblock = () => {
        this.unblocked = undefined;
        this.events.log.info({}, 'the broker takes messages again');
        resolve();
      };
    });
  }

  private async withinConfirmTime(unblocked: Promise<void>): Promise<void> {
    const late = delay(BROKER_LIMITS.confirmTimeout).then(() => 'late' as const);
    if ((await Promise.race([unblocked, late])) === 'late') {
      throw brokerAway('the broker blocks publishers: it is short of memory or disk');
    }
  }
}

const clusterNameOf = ({ connection }: ChannelModel): string =>
  String(connection.serverProperties['cluster_name'] ?? connection.serverProperties.host ?? 'unknown');

const delay = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds).unref());
