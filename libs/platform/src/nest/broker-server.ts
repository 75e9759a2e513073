import { Server, type CustomTransportStrategy, type MessageHandler } from '@nestjs/microservices';
import { isObservable, lastValueFrom } from 'rxjs';
import { asShoalError, isTransient, ShoalError } from '#core';
import { isRequestName, PUBLIC_DOOR, type MessageName, type ReplyEnvelope } from '#contracts';
import type { Broker, Consumer, IncomingMessage } from '../broker/broker.js';
import { BROKER_LIMITS } from '../broker/broker-limits.js';
import type { Log } from '../log/log.js';
import type { MessageOutcome } from '../metrics/message-outcome.js';
import type { MessageContext } from './message-context.js';
import { readMessage, type ReadMessage } from './read-message.js';
import { checkReplyTo } from './reply-to.js';

export interface ServedQueue {
  readonly name: string;
  /** Messages handled at the same time. */
  readonly prefetch: number;
}

export interface BrokerServerOptions {
  readonly broker: Broker;
  readonly network: string;
  readonly queues: readonly ServedQueue[];
  /** Each must have exactly one handler, and no other name may have one. */
  readonly expected: readonly MessageName[];
  /** Resolves when the dependency that handlers stand on is well. */
  readonly untilWell: () => Promise<void>;
  readonly log: Log;
  /** Told of each message that was handled; `seconds` from its arrival to its effect. */
  readonly onHandled?: (message: MessageName, outcome: MessageOutcome, seconds: number) => void;
  readonly drainMs?: number;
}

/**
 * Nest's transport over the `Broker` port: finds the handler of each message by its name, gives it the checked body, sends
 * its result or error as the reply. Whether a message is acked, put back or a dead letter is decided in `settle`, by
 * what `handle` throws.
 */
export class BrokerServer extends Server implements CustomTransportStrategy {
  override propagatesEventHandlerErrors = true;
  private readonly expected: ReadonlySet<MessageName>;
  private readonly counts = new Map<string, number>();
  private consumers: Consumer[] = [];

  constructor(private readonly options: BrokerServerOptions) {
    super();
    this.expected = new Set(options.expected);
  }

  override addHandler(
    pattern: unknown,
    handler: MessageHandler,
    isEventHandler?: boolean,
    extras?: Record<string, unknown>,
  ): void {
    const name = String(pattern);
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
    super.addHandler(pattern, handler, isEventHandler, extras);
  }

  override async listen(callback: (error?: unknown) => void): Promise<void> {
    try {
      this.checkHandlers();
      for (const { name, prefetch } of this.options.queues) {
        const { untilWell } = this.options;
        this.consumers.push(
          await this.options.broker.consume(name, { prefetch, untilWell }, (message) => this.handle(message)),
        );
      }
      callback();
    } catch (thrown) {
      callback(thrown);
    }
  }

  /** Takes no new message; resolves when those in hand are settled, at the latest after `drainMs`. */
  override async close(): Promise<void> {
    const consumers = this.consumers;
    this.consumers = [];
    const drained = Promise.all(consumers.map((consumer) => consumer.stop()));
    const late = new Promise((resolve) =>
      setTimeout(resolve, this.options.drainMs ?? BROKER_LIMITS.drain).unref(),
    );
    await Promise.race([drained, late]);
  }

  override on(): never {
    throw new ShoalError('internal', 'the broker server has no events; listen to the broker');
  }

  override unwrap<T>(): T {
    return this.options.broker as T;
  }

  private checkHandlers(): void {
    const problems = [
      ...[...this.expected].filter((name) => !this.counts.has(name)).map((name) => `nothing handles ${name}`),
      ...[...this.counts]
        .filter(([, count]) => count > 1)
        .map(([name]) => `more than one method handles ${name}`),
      ...[...this.counts.keys()]
        .filter((name) => !this.expected.has(name as MessageName))
        .map((name) => `${name} has a handler here but belongs elsewhere`),
    ];
    if (problems.length > 0) throw new ShoalError('internal', problems.join('; '));
  }

  private async handle(message: IncomingMessage): Promise<void> {
    const read = await this.read(message);
    const begunAt = performance.now();
    const tell = (outcome: MessageOutcome): void =>
      this.options.onHandled?.(read.name, outcome, (performance.now() - begunAt) / 1_000);
    try {
      const result = await this.call(read, message);
      if (isRequestName(read.name)) await this.answer(message, { ok: true, result });
      tell('done');
    } catch (thrown) {
      tell(isTransient(thrown) ? 'again' : 'refused');
      if (isTransient(thrown)) throw thrown;
      await this.refuse(read, message, asShoalError(thrown));
    }
  }

  /** Malformed: answered, if it can be, and a dead letter. */
  private async read(message: IncomingMessage): Promise<ReadMessage> {
    checkReplyTo(message.replyTo, this.options.network);
    try {
      return readMessage(message, this.expected);
    } catch (thrown) {
      const error = asShoalError(thrown);
      await this.answer(message, { ok: false, error: error.toJSON() });
      throw error;
    }
  }

  private async call({ name, body, sender }: ReadMessage, message: IncomingMessage): Promise<unknown> {
    const { messageId, correlationId, redelivered, queue } = message;
    const context: MessageContext = { sender, messageId, correlationId, redelivered, queue };
    // `listen` has seen to it that there is one.
    const handler = this.messageHandlers.get(name) as MessageHandler;
    const result: unknown = await handler(body, context);
    return isObservable(result) ? lastValueFrom(result, { defaultValue: undefined }) : result;
  }

  /**
   * What the asker can change is said to the asker; everything else, and what an outside program ordered in vain, is a dead
   * letter for a person to look at.
   */
  private async refuse({ name }: ReadMessage, message: IncomingMessage, error: ShoalError): Promise<void> {
    const ours = error.code === 'internal';
    if (ours) this.options.log.error({ err: error.cause ?? error, message: name }, `${name} failed`);
    const asked = isRequestName(name) && message.replyTo !== undefined;
    if (asked) await this.answer(message, { ok: false, error: error.toJSON() });
    if (ours || !asked || isOutside(name, message)) throw error;
  }

  private async answer(message: IncomingMessage, body: ReplyEnvelope): Promise<void> {
    if (message.replyTo === undefined) return;
    const correlationId = message.correlationId ?? message.messageId;
    await this.options.broker.publish({
      exchange: '',
      key: message.replyTo,
      name: 'reply',
      body,
      // The asker asks again when it is lost.
      persistent: false,
      ...(correlationId === undefined ? {} : { correlationId }),
    });
  }
}

/** Orders of outside programs come without a sender: somebody else than the program may have to see why they came to nothing. */
const isOutside = (name: MessageName, { routingKey }: IncomingMessage): boolean =>
  routingKey === name && PUBLIC_DOOR.some((door) => door === name);
