import { randomUUID } from 'node:crypto';
import { ShoalError } from '#core';
import {
  parseWith,
  requestKey,
  REQUESTS,
  type ReplyBody,
  type RequestBody,
  type RequestName,
} from '#contracts';
import type { OutgoingMessage, RequestOptions } from './broker.js';
import { BROKER_LIMITS } from './broker-limits.js';
import { encodeMessage, type EncodedMessage } from './encode.js';
import type { PendingRequests } from './requests.js';

export interface Asking {
  readonly sender: string;
  readonly requestsExchange: string;
  readonly replies: PendingRequests;
  /** A way to publish, as soon as there is one within `timeoutMs`; rejects with `broker-away` otherwise. */
  connected(timeoutMs: number): Promise<{ publish(message: EncodedMessage): Promise<void> }>;
}

/** Asks, and asks again under the same message id when no answer came or the connection was lost meanwhile. */
export const ask = async <N extends RequestName>(
  asking: Asking,
  name: N,
  body: RequestBody<N>,
  options: RequestOptions,
): Promise<ReplyBody<N>> => {
  const { timeoutMs = BROKER_LIMITS.requestTimeout, tries = BROKER_LIMITS.requestTries } = options;
  const message = requestMessage(asking, name, body, { ...options, timeoutMs });
  for (let attempt = 1; ; attempt++) {
    try {
      const reply = await askOnce(asking, message, timeoutMs);
      return parseWith(REQUESTS[name].reply, reply, `the reply to ${name}`) as ReplyBody<N>;
    } catch (thrown) {
      if (attempt >= tries || !mayAskAgain(thrown)) throw thrown;
    }
  }
};

const requestMessage = <N extends RequestName>(
  { sender, requestsExchange }: Asking,
  name: N,
  body: RequestBody<N>,
  options: RequestOptions & { readonly timeoutMs: number },
): OutgoingMessage & { readonly messageId: string } => {
  const messageId = randomUUID();
  return {
    exchange: requestsExchange,
    key: options.key ?? requestKey(name, sender),
    name,
    body,
    messageId,
    correlationId: messageId,
    replyTo: 'amq.rabbitmq.reply-to',
    mandatory: options.mandatory ?? false,
    // Nobody waits for it after that, and a lost one is asked again.
    expirationMs: options.expirationMs ?? options.timeoutMs,
    persistent: false,
  };
};

const askOnce = async (
  asking: Asking,
  message: OutgoingMessage & { readonly messageId: string },
  timeoutMs: number,
): Promise<unknown> => {
  const encoded = encodeMessage(message, asking.sender);
  const session = await asking.connected(timeoutMs);
  const reply = asking.replies.expect(message.messageId, timeoutMs, message.key);
  session.publish(encoded).catch((thrown: unknown) => asking.replies.fail(message.messageId, thrown));
  return reply;
};

const mayAskAgain = (thrown: unknown): boolean =>
  thrown instanceof ShoalError && (thrown.code === 'timeout' || thrown.code === 'broker-away');
