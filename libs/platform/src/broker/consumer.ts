import type { Channel, ConsumeMessage } from 'amqplib';
import type { ShoalError } from '#core';
import type { Log } from '../log/log.js';
import type { ConsumeOptions, Consumer, IncomingMessage, MessageHandler } from './broker.js';
import { BROKER_LIMITS } from './broker-limits.js';
import { decodeMessage } from './encode.js';
import { settle, type Delivery } from './settle.js';

/** What a consumer needs of the connection that it is attached to. */
export interface ConsumerSession {
  readonly isOpen: boolean;
  openChannel(): Promise<Channel>;
  /** Ends the connection, so that the next one declares and consumes everything anew. */
  fail(reason: string): void;
}

export interface ConsumerTools {
  /** What the admin page shows as the beginning of the consumer's tag. */
  readonly name: string;
  readonly log: Log;
  deadLetter(message: IncomingMessage, error: ShoalError): Promise<void>;
  wait(milliseconds: number): Promise<void>;
}

/** Consumes one queue, on one session after the other. Each attachment has a channel of its own. */
export class QueueConsumer implements Consumer {
  private session: ConsumerSession | undefined;
  private channel: Channel | undefined;
  private tag: string | undefined;
  private readonly inHand = new Set<Promise<void>>();
  /** Set while the broker is asked to send no more, and until this consumes again; resolves when none comes. */
  private quiet: Promise<void> | undefined;
  private pauses = 0;
  /** Times that it began to consume. */
  private consumed = 0;
  private stopped = false;

  constructor(
    readonly queue: string,
    private readonly options: ConsumeOptions,
    private readonly handler: MessageHandler,
    private readonly tools: ConsumerTools,
  ) {}

  /** Starts consuming on a new session; while paused, when the pause ends. Rejects when the queue cannot be consumed. */
  async attach(session: ConsumerSession): Promise<void> {
    this.session = session;
    this.channel = undefined;
    this.tag = undefined;
    if (this.quiet === undefined) await this.consume();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await (this.quiet ??= this.cancel());
    while (this.inHand.size > 0) await Promise.all(this.inHand);
    await this.channel?.close().catch(() => {});
  }

  private async consume(): Promise<void> {
    const session = this.session;
    if (this.stopped || session === undefined || !session.isOpen) return;
    const channel = this.channel ?? (await this.openChannel(session));
    const { consumerTag } = await channel.consume(
      this.queue,
      (message) => this.onDelivery(session, channel, message),
      // A tag that the channel still knows, as when a pause ends while its cancel is under way, costs the connection.
      { consumerTag: `${this.tools.name}#${++this.consumed}` },
    );
    this.tag = consumerTag;
    if (this.stopped) await this.cancel();
  }

  private async openChannel(session: ConsumerSession): Promise<Channel> {
    const channel = await session.openChannel();
    // Before it consumes, whoever asked it to hears why it cannot.
    channel.on('error', (error: Error) => {
      this.channel = undefined;
      if (this.tag !== undefined) session.fail(`consuming ${this.queue}: ${error.message}`);
    });
    await channel.prefetch(this.options.prefetch);
    this.channel = channel;
    return channel;
  }

  private onDelivery(session: ConsumerSession, channel: Channel, message: ConsumeMessage | null): void {
    if (message === null) return session.fail(`the queue ${this.queue} is gone`);
    const delivery = deliveryOf(this.queue, session, channel, message);
    // Came while the broker was already asked to stop: going back before it has stopped, it would come again at once.
    if (this.quiet !== undefined) return void this.quiet.then(() => delivery.requeue());
    const settled = settle(delivery, (incoming) => this.handle(incoming), {
      deadLetter: (dead, error) => this.deadLetter(dead, error),
      pause: (error) => this.pause(error),
    }).finally(() => this.inHand.delete(settled));
    this.inHand.add(settled);
  }

  private async handle(message: IncomingMessage): Promise<void> {
    await this.handler(message);
    this.pauses = 0;
  }

  private async deadLetter(message: IncomingMessage, error: ShoalError): Promise<void> {
    const about = {
      queue: this.queue,
      message: message.name,
      messageId: message.messageId,
      code: error.code,
    };
    this.tools.log.warn(about, `dead letter: ${error.message}`);
    await this.tools.deadLetter(message, error);
  }

  /** Resolves when the broker sends no more; goes on by itself later. */
  private pause(error: ShoalError): Promise<void> {
    if (this.quiet === undefined) {
      this.tools.log.warn({ queue: this.queue, code: error.code }, `consuming pauses: ${error.message}`);
      this.quiet = this.cancel();
      void this.resumeWhenWell();
    }
    return this.quiet;
  }

  /** Waits for the dependency, and longer each time that the pause before did not help. */
  private async resumeWhenWell(): Promise<void> {
    const backoff = BROKER_LIMITS.pauseFirst * 2 ** this.pauses++;
    await this.tools.wait(Math.min(BROKER_LIMITS.pauseLongest, backoff));
    await this.options.untilWell?.().catch(() => {});
    if (this.stopped) return;
    this.quiet = undefined;
    try {
      await this.consume();
    } catch (thrown) {
      this.session?.fail(`consuming ${this.queue}: ${String(thrown)}`);
    }
  }

  private async cancel(): Promise<void> {
    const tag = this.tag;
    this.tag = undefined;
    // A failure means that the connection is lost, which cancels as well.
    if (tag !== undefined && this.session?.isOpen === true) await this.channel?.cancel(tag).catch(() => {});
  }
}

const deliveryOf = (
  queue: string,
  session: ConsumerSession,
  channel: Channel,
  message: ConsumeMessage,
): Delivery => {
  // Throws when the channel closes at this very moment; the broker then hands the message out again.
  const unlessLost = (act: () => void): void => {
    if (!session.isOpen) return;
    try {
      act();
    } catch {
      // As above.
    }
  };
  return {
    message: decodeMessage(queue, message),
    ack: () => unlessLost(() => channel.ack(message)),
    requeue: () => unlessLost(() => channel.nack(message, false, true)),
  };
};
