import type { MessageName, ReplyBody, RequestBody, RequestName } from '#contracts';

/** What Shoal needs of a message broker. The adapter keeps one connection and makes it again when it is lost. */

export interface OutgoingMessage {
  /** '' is the default exchange, where the key is a queue's name. */
  readonly exchange: string;
  readonly key: string;
  readonly name: MessageName | 'reply';
  readonly body: unknown;
  /** A random one when left out. Consumers recognise a repeated message by it. */
  readonly messageId?: string;
  readonly correlationId?: string;
  readonly replyTo?: string;
  /** Fail with `unroutable` when no queue takes it. */
  readonly mandatory?: boolean;
  /** Default true. */
  readonly persistent?: boolean;
  readonly expirationMs?: number;
  readonly headers?: Readonly<Record<string, string | number>>;
}

export interface IncomingMessage {
  readonly queue: string;
  readonly exchange: string;
  readonly routingKey: string;
  /** The AMQP `type`. */
  readonly name: string | undefined;
  readonly body: Buffer;
  readonly messageId: string | undefined;
  readonly correlationId: string | undefined;
  readonly replyTo: string | undefined;
  readonly redelivered: boolean;
  readonly headers: Readonly<Record<string, unknown>>;
}

/**
 * Handles one message. Resolves when its effect is durable: the message is acked after that. A transient ShoalError
 * puts the message back and pauses the consumer until its dependency is well; anything else makes it a dead letter.
 */
export type MessageHandler = (message: IncomingMessage) => Promise<void>;

export interface ConsumeOptions {
  /** Messages handled at the same time. */
  readonly prefetch: number;
  /** Resolves when the dependency that failed transiently is well again; the consumer then goes on. */
  readonly untilWell?: () => Promise<void>;
}

export interface Consumer {
  /** Takes no new message and resolves when the ones in hand are settled. */
  stop(): Promise<void>;
}

export interface RequestOptions {
  /** Milliseconds for one try; default 5,000. */
  readonly timeoutMs?: number;
  /** Tries in all, with the same message id; default 3. */
  readonly tries?: number;
  /** Milliseconds that it waits in its queue; as long as one try when left out. Longer where it matters also without an answer. */
  readonly expirationMs?: number;
  /** Instead of `<name>.<sender>`. */
  readonly key?: string;
  readonly mandatory?: boolean;
}

export interface Broker {
  /** The word that ends this process's routing keys: its peer id, or `cli`, `console`, `server1`. */
  readonly sender: string;
  readonly isConnected: boolean;
  /** Confirmed by the broker. Rejects with `broker-away` (transient) or, when mandatory, `unroutable`. */
  publish(message: OutgoingMessage): Promise<void>;
  /**
   * Asks on the requests exchange and waits for the reply. Rejects with the error of the reply, `timeout`,
   * `unroutable` (mandatory only) or `broker-away`.
   */
  request<N extends RequestName>(
    name: N,
    body: RequestBody<N>,
    options?: RequestOptions,
  ): Promise<ReplyBody<N>>;
  /** Consumes a queue on this connection and, after a reconnect, on the next one. */
  consume(queue: string, options: ConsumeOptions, handler: MessageHandler): Promise<Consumer>;
}
