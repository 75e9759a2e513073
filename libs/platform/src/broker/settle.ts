import { asShoalError, isTransient, ShoalError } from '#core';
import type { IncomingMessage, MessageHandler } from './broker.js';
import { BROKER_LIMITS } from './broker-limits.js';

/** A message in hand. `ack` and `requeue` do nothing once the connection that brought it is lost. */
export interface Delivery {
  readonly message: IncomingMessage;
  ack(): void;
  requeue(): void;
}

export interface SettleTools {
  /** Resolves when the broker has confirmed the dead letter. */
  deadLetter(message: IncomingMessage, error: ShoalError): Promise<void>;
  /** Takes no more messages until the dependency that `error` speaks of is well. Resolves when none comes any more. */
  pause(error: ShoalError): Promise<void>;
}

/**
 * The one place where a consumed message ends. The handler resolved: ack. A transient error: pause first (else the broker
 * would hand the message straight back), then requeue. Anything else: a confirmed dead letter, then ack; should the
 * dead letter fail, the message goes back, unless this process may not write dead letters. Never rejects.
 */
export const settle = async (
  delivery: Delivery,
  handler: MessageHandler,
  tools: SettleTools,
): Promise<void> => {
  const failure = await failureOf(delivery.message, handler);
  if (failure === undefined) return delivery.ack();
  if (isTransient(failure)) return putBack(delivery, failure, tools);
  try {
    await tools.deadLetter(delivery.message, failure);
  } catch (thrown) {
    const error = asShoalError(thrown);
    // A peer may have no right to write dead letters. It has logged the reason; put back, the message would come for ever.
    if (error.code !== 'not-allowed') return putBack(delivery, error, tools);
  }
  delivery.ack();
};

const failureOf = async (
  message: IncomingMessage,
  handler: MessageHandler,
): Promise<ShoalError | undefined> => {
  try {
    checkSize(message);
    await handler(message);
    return undefined;
  } catch (thrown) {
    return asShoalError(thrown);
  }
};

const checkSize = ({ body }: IncomingMessage): void => {
  if (body.length <= BROKER_LIMITS.bodyBytes) return;
  throw new ShoalError(
    'limit-exceeded',
    `the body has ${body.length} bytes, more than the ${BROKER_LIMITS.bodyBytes} that a message may have`,
  );
};

const putBack = async (delivery: Delivery, error: ShoalError, tools: SettleTools): Promise<void> => {
  await tools.pause(error);
  delivery.requeue();
};
