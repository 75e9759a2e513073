import type { Channel, ChannelModel, ConfirmChannel, Message } from 'amqplib';
import { ShoalError } from '#core';
import { brokerAway, channelError } from './amqp-errors.js';
import { BROKER_LIMITS } from './broker-limits.js';
import type { EncodedMessage } from './encode.js';

interface Pending {
  readonly message: EncodedMessage;
  /** The broker gave it back: no queue took it. */
  returned: boolean;
  /** False while it waits for a channel. */
  sent: boolean;
  settle(error?: ShoalError): void;
}

/**
 * Publishes on one confirm channel of one connection, and takes the replies of direct reply-to, which belong to the channel
 * that asked. When the broker closes the channel over one message, the others are sent again, one at a time, so that the
 * error finds the message that caused it.
 */
export class Publisher {
  private channel: ConfirmChannel | undefined;
  private readonly pending = new Set<Pending>();
  private closed = false;

  constructor(
    private readonly model: ChannelModel,
    private readonly onReply: (reply: Message) => void,
    /** Replies to what was asked so far can no longer come. */
    private readonly onReplyLost: () => void,
  ) {}

  async open(): Promise<void> {
    const { channel, failure } = await this.openChannel();
    channel.once('close', () => void this.onClosed(channel, failure()));
    this.channel = channel;
  }

  /** `failure`: why the channel closed. */
  private async openChannel(): Promise<{ channel: ConfirmChannel; failure: () => unknown }> {
    const channel = await this.model.createConfirmChannel();
    let why: unknown = new Error('the connection was lost');
    channel.on('error', (error: Error) => (why = error));
    channel.on('return', (message: Message) => this.onReturn(message));
    await channel.consume('amq.rabbitmq.reply-to', (reply) => reply !== null && this.onReply(reply), {
      noAck: true,
    });
    return { channel, failure: () => why };
  }

  /** No channel will come any more: everything unconfirmed fails. */
  close(error: ShoalError): void {
    this.closed = true;
    this.channel = undefined;
    for (const pending of [...this.pending]) pending.settle(error);
  }

  /** Resolves when the broker has confirmed. Rejects with `unroutable`, `broker-away`, `limit-exceeded`, `not-allowed`. */
  publish(message: EncodedMessage): Promise<void> {
    if (this.pending.size >= BROKER_LIMITS.pendingConfirms) {
      return Promise.reject(
        new ShoalError('limit-exceeded', `${this.pending.size} messages wait for the broker's confirm`, {
          retry: 'transient',
        }),
      );
    }
    return new Promise((resolve, reject) => {
      const pending: Pending = {
        message,
        returned: false,
        sent: false,
        settle: (error) => {
          clearTimeout(timer);
          this.pending.delete(pending);
          if (error === undefined) resolve();
          else reject(error);
        },
      };
      const timer = setTimeout(
        () => pending.settle(brokerAway('the broker did not confirm a message in time')),
        BROKER_LIMITS.confirmTimeout,
      );
      this.pending.add(pending);
      this.send(pending);
    });
  }

  private send(pending: Pending): void {
    if (this.closed) return pending.settle(brokerAway('the connection to the broker is lost'));
    // Between two channels: `reopen` sends it on the next one.
    if (this.channel === undefined) return;
    pending.sent = true;
    try {
      // An error other than a nack means that the channel closed: `onClosed` decides.
      publishOn(this.channel, pending, () => {});
    } catch (thrown) {
      if (thrown instanceof RangeError || thrown instanceof TypeError) pending.settle(unencodable(thrown));
    }
  }

  /** A return comes before the confirm of its message, on the same channel; the oldest that fits is the one. */
  private onReturn({ fields, properties }: Message): void {
    for (const pending of this.pending) {
      const { exchange, key, options } = pending.message;
      const same = options.messageId === properties.messageId && exchange === fields.exchange;
      if (same && key === fields.routingKey && !pending.returned) {
        pending.returned = true;
        return;
      }
    }
  }

  private async onClosed(channel: Channel, why: unknown): Promise<void> {
    if (this.closed || (this.channel !== undefined && this.channel !== channel)) return;
    this.channel = undefined;
    const suspects = [...this.pending];
    for (const pending of suspects) pending.sent = pending.returned = false;
    const [only] = suspects;
    if (only !== undefined && suspects.length === 1) only.settle(publishError(why, only));
    for (const pending of suspects) if (this.pending.has(pending)) await this.tryAlone(pending);
    // After the messages that failed for themselves have said so.
    setImmediate(() => this.onReplyLost());
    await this.reopen();
  }

  private async reopen(): Promise<void> {
    if (this.closed) return;
    try {
      await this.open();
    } catch {
      return; // The connection is lost, which ends this publisher.
    }
    for (const pending of this.pending) if (!pending.sent) this.send(pending);
  }

  /** Sends one message on a channel of its own, so that a refusal is its own. */
  private async tryAlone(pending: Pending): Promise<void> {
    try {
      const { channel, failure } = await this.openChannel();
      pending.sent = true;
      await new Promise<void>((resolve) => {
        publishOn(channel, pending, () => pending.settle(publishError(failure(), pending)), resolve);
      });
      await channel.close();
    } catch {
      // The connection is lost: whoever ends this publisher settles what is left.
    }
  }
}

const publishOn = (
  channel: ConfirmChannel,
  pending: Pending,
  onClosed: () => void,
  onEnd: () => void = () => {},
): void => {
  const { exchange, key, content, options } = pending.message;
  channel.publish(exchange, key, content, options, (error: unknown) => {
    if (error === null) pending.settle(pending.returned ? unroutable(pending.message) : undefined);
    else if (error instanceof Error && error.message === 'message nacked') pending.settle(nacked(error));
    else onClosed();
    onEnd();
  });
};

const nacked = (cause: Error): ShoalError => brokerAway('the broker could not take a message', cause);

const unroutable = ({ exchange, key }: EncodedMessage): ShoalError =>
  new ShoalError(
    'unroutable',
    `no queue takes "${key}" on ${exchange === '' ? 'the default exchange' : exchange}`,
  );

const unencodable = (cause: Error): ShoalError =>
  new ShoalError('bad-message', `the message cannot be encoded: ${cause.message}`, { cause });

const publishError = (why: unknown, { message }: Pending): ShoalError => {
  const error = channelError(why, `publishing "${message.key}" on ${message.exchange}`);
  if (error.code !== 'not-found') return error;
  return new ShoalError('unroutable', `there is no exchange ${message.exchange}`, {
    cause: why,
    hint: 'No anchor of this network has been on this broker yet.',
  });
};
