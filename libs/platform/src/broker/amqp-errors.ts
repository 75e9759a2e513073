import { ShoalError } from '#core';
import { redactUrl } from './amqp-url.js';

/** AMQP 0-9-1 reply codes that say more than "the connection broke". */
const REPLY = {
  contentTooLarge: 311,
  accessRefused: 403,
  notFound: 404,
  locked: 405,
  mismatch: 406,
} as const;

export const brokerAway = (message: string, cause?: unknown): ShoalError =>
  new ShoalError('broker-away', message, { retry: 'transient', cause });

/**
 * Why a connection could not be made. The client gives a refused login and a missing virtual host no code of their own,
 * so their names in the protocol (spec section 1.2) are looked for in the text.
 */
export const connectError = (thrown: unknown, url: string): ShoalError => {
  if (thrown instanceof ShoalError) return thrown;
  const text = textOf(thrown);
  const shown = redactUrl(url);
  if (/ACCESS[-_]REFUSED/.test(text)) {
    return new ShoalError('bad-config', `the broker at ${shown} refuses this user or password`, {
      cause: thrown,
      hint: 'Check the user name and password in AMQP_URL.',
    });
  }
  // The broker closes in answer to `connection.open`, which carries nothing but the virtual host.
  if (/Expected ConnectionOpenOk; got.*ConnectionClose/.test(text)) {
    return new ShoalError('bad-config', `the broker at ${shown} refuses this virtual host`, {
      cause: thrown,
      hint: 'Check the part of AMQP_URL after the port, and the rights of its user there.',
    });
  }
  return brokerAway(`no connection to the broker at ${shown}: ${text}`, thrown);
};

/** Why the broker refused something on a channel. `doing`: what was tried, as in "declaring the queue x". */
export const channelError = (thrown: unknown, doing: string): ShoalError => {
  if (thrown instanceof ShoalError) return thrown;
  const text = textOf(thrown);
  switch (replyCodeOf(thrown)) {
    case REPLY.accessRefused:
      return new ShoalError('not-allowed', `the broker does not allow ${doing}: ${text}`, {
        cause: thrown,
        hint: 'Ask for the right, or check which user is in AMQP_URL.',
      });
    case REPLY.notFound:
      return new ShoalError('not-found', `${doing} failed: ${text}`, { cause: thrown });
    case REPLY.locked:
      return new ShoalError('not-allowed', `${doing} failed, another connection owns it: ${text}`, {
        cause: thrown,
      });
    case REPLY.mismatch:
      return new ShoalError('bad-config', `${doing} failed: ${text}`, {
        cause: thrown,
        hint: 'It is there with other settings. Delete it or use a SHOAL_NETWORK of your own.',
      });
    case REPLY.contentTooLarge:
      return new ShoalError('limit-exceeded', `${doing} failed: ${text}`, { cause: thrown });
    default:
      return brokerAway(`${doing} failed: ${text}`, thrown);
  }
};

const replyCodeOf = (thrown: unknown): number | undefined => {
  const code = (thrown as { code?: unknown } | undefined)?.code;
  return typeof code === 'number' ? code : undefined;
};

const textOf = (thrown: unknown): string => {
  if (thrown instanceof AggregateError && thrown.message === '') return thrown.errors.map(textOf).join('; ');
  return thrown instanceof Error ? thrown.message : String(thrown);
};
