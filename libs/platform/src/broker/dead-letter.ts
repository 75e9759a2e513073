import type { ShoalError } from '#core';
import { HEADERS, MESSAGE_LIMITS } from '#contracts';
import type { IncomingMessage } from './broker.js';
import { BROKER_LIMITS } from './broker-limits.js';
import type { EncodedMessage } from './encode.js';

/**
 * The message as a dead letter: same key, name, ids and body, with the reason in its headers. A nack could not carry a
 * reason. A body over the cap keeps its first bytes only, and there is no `replyTo`: nobody answers a dead letter.
 */
export const deadLetterOf = (
  message: IncomingMessage,
  error: ShoalError,
  exchange: string,
  now: number,
): EncodedMessage => ({
  exchange,
  key: message.routingKey,
  content: isCut(message) ? message.body.subarray(0, BROKER_LIMITS.deadBodyBytes) : message.body,
  options: {
    persistent: true,
    mandatory: false,
    messageId: message.messageId ?? '',
    headers: {
      ...keptHeaders(message.headers),
      [HEADERS.deadCode]: error.code,
      [HEADERS.deadReason]: error.message.slice(0, MESSAGE_LIMITS.textCharacters),
      [HEADERS.deadQueue]: message.queue,
      [HEADERS.deadAt]: now,
      [HEADERS.deadExchange]: message.exchange,
      ...(isCut(message) ? { [HEADERS.deadSize]: message.body.length } : {}),
    },
    ...(message.name === undefined ? {} : { type: message.name }),
    ...(message.correlationId === undefined ? {} : { correlationId: message.correlationId }),
  },
});

const isCut = ({ body }: IncomingMessage): boolean => body.length > BROKER_LIMITS.bodyBytes;

/** Plain headers of the original, as many as fit: a table over 64 KiB cannot be published. */
const keptHeaders = (
  headers: Readonly<Record<string, unknown>>,
): Record<string, string | number | boolean> => {
  const kept: Record<string, string | number | boolean> = {};
  let room = BROKER_LIMITS.deadHeaderCharacters;
  for (const [name, value] of Object.entries(headers)) {
    if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') continue;
    room -= name.length + String(value).length;
    if (room < 0) break;
    kept[name] = value;
  }
  return kept;
};
