import { createHash } from 'node:crypto';
import type { GetMessage } from 'amqplib';
import { HEADERS, parseInboxQueue, type Topology } from '#contracts';
import type { EncodedMessage } from './encode.js';

/** What a dead letter says of itself. */
export interface DeadLetter {
  /** The same for the same letter at every look. */
  readonly id: string;
  /** The AMQP `type`. */
  readonly name: string | undefined;
  /** Where it was sent to: '' is the default exchange. */
  readonly exchange: string;
  readonly key: string;
  /** The queue from which it was consumed. */
  readonly queue: string;
  readonly code: string;
  readonly reason: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Bytes of the message that it was. */
  readonly size: number;
  /** Only its first bytes were kept: it cannot be sent again. */
  readonly isCut: boolean;
  readonly messageId: string | undefined;
  /** What the sender wrote into its headers. */
  readonly headers: Readonly<Record<string, unknown>>;
}

const ID_DIGITS = 12;
const OWN_HEADERS: ReadonlySet<string> = new Set([
  HEADERS.deadCode,
  HEADERS.deadReason,
  HEADERS.deadQueue,
  HEADERS.deadAt,
  HEADERS.deadExchange,
  HEADERS.deadSize,
]);

export const readDeadLetter = (message: GetMessage, topology: Topology): DeadLetter => {
  const { fields, properties, content } = message;
  const headers: Record<string, unknown> = properties.headers ?? {};
  const size = numberOf(headers[HEADERS.deadSize]);
  const queue = textOf(headers[HEADERS.deadQueue]) ?? 'unknown';
  return {
    id: idOf(message, headers),
    name: textOf(properties.type),
    exchange: textOf(headers[HEADERS.deadExchange], true) ?? exchangeOf(queue, topology),
    key: fields.routingKey,
    queue,
    code: textOf(headers[HEADERS.deadCode]) ?? 'unknown',
    reason: textOf(headers[HEADERS.deadReason]) ?? '',
    at: numberOf(headers[HEADERS.deadAt]) ?? 0,
    size: size ?? content.length,
    isCut: size !== undefined,
    messageId: textOf(properties.messageId),
    headers: Object.fromEntries(Object.entries(headers).filter(([name]) => !OWN_HEADERS.has(name))),
  };
};

/** The message as it was sent the first time, without what the dead letter added; who waited for a reply waits no more. */
export const originalOf = ({ properties, content }: GetMessage, letter: DeadLetter): EncodedMessage => ({
  exchange: letter.exchange,
  key: letter.key,
  content,
  options: {
    persistent: true,
    mandatory: true,
    messageId: letter.messageId ?? '',
    headers: letter.headers,
    contentType: 'application/json',
    ...(letter.name === undefined ? {} : { type: letter.name }),
    ...(typeof properties.correlationId === 'string' ? { correlationId: properties.correlationId } : {}),
  },
});

const idOf = ({ fields, properties, content }: GetMessage, headers: Record<string, unknown>): string => {
  const words = [
    headers[HEADERS.deadAt],
    headers[HEADERS.deadQueue],
    fields.routingKey,
    properties.messageId,
  ];
  const hash = createHash('sha256').update(words.map(String).join('\0')).update('\0').update(content);
  return hash.digest('hex').slice(0, ID_DIGITS);
};

/** Of a letter that does not say it: commands come to inboxes by the default exchange, the rest by the requests exchange. */
const exchangeOf = (queue: string, { exchanges }: Topology): string =>
  parseInboxQueue(queue) === undefined ? exchanges.requests : '';

const textOf = (value: unknown, mayBeEmpty = false): string | undefined =>
  typeof value === 'string' && (mayBeEmpty || value !== '') ? value : undefined;

const numberOf = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) ? value : undefined;
