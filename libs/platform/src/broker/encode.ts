import { randomUUID } from 'node:crypto';
import type { ConsumeMessage, Options } from 'amqplib';
import { ShoalError } from '#core';
import { HEADERS, SCHEMA_VERSION } from '#contracts';
import type { IncomingMessage, OutgoingMessage } from './broker.js';
import { BROKER_LIMITS } from './broker-limits.js';

/** A message as it goes to the broker. */
export interface EncodedMessage {
  readonly exchange: string;
  readonly key: string;
  readonly content: Buffer;
  readonly options: Options.Publish & { readonly messageId: string };
}

/** @throws ShoalError `limit-exceeded` when the body is over the cap */
export const encodeMessage = (message: OutgoingMessage, sender: string): EncodedMessage => {
  const content = Buffer.from(JSON.stringify(message.body ?? null));
  if (content.length > BROKER_LIMITS.bodyBytes) {
    throw new ShoalError(
      'limit-exceeded',
      `a ${message.name} of ${content.length} bytes is over the ${BROKER_LIMITS.bodyBytes} that a message may have`,
    );
  }
  return { exchange: message.exchange, key: message.key, content, options: optionsOf(message, sender) };
};

const optionsOf = (message: OutgoingMessage, sender: string): EncodedMessage['options'] => ({
  type: message.name,
  appId: sender,
  contentType: 'application/json',
  messageId: message.messageId ?? randomUUID(),
  persistent: message.persistent ?? true,
  mandatory: message.mandatory ?? false,
  headers: { [HEADERS.schema]: SCHEMA_VERSION, ...message.headers },
  ...(message.correlationId === undefined ? {} : { correlationId: message.correlationId }),
  ...(message.replyTo === undefined ? {} : { replyTo: message.replyTo }),
  ...(message.expirationMs === undefined ? {} : { expiration: Math.ceil(message.expirationMs) }),
});

/** A message as it came from the broker; properties that are not text count as left out. */
export const decodeMessage = (
  queue: string,
  { fields, properties, content }: ConsumeMessage,
): IncomingMessage => ({
  queue,
  exchange: fields.exchange,
  routingKey: fields.routingKey,
  name: textOrNone(properties.type),
  body: content,
  messageId: textOrNone(properties.messageId),
  correlationId: textOrNone(properties.correlationId),
  replyTo: textOrNone(properties.replyTo),
  redelivered: fields.redelivered,
  headers: properties.headers ?? {},
});

const textOrNone = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;
