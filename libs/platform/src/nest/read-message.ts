import { ShoalError } from '#core';
import {
  bodySchema,
  HEADERS,
  isMessageName,
  parseWith,
  PUBLIC_DOOR,
  SCHEMA_VERSION,
  type MessageName,
} from '#contracts';
import type { IncomingMessage } from '../broker/broker.js';
import { claimedSender } from './claimed-sender.js';

export interface ReadMessage {
  readonly name: MessageName;
  /** As the schema of its name gives it: checked, defaults filled in. */
  readonly body: unknown;
  /** What follows the name in the routing key: the sender of a request or report, the subject of a fact. */
  readonly sender: string | undefined;
}

/**
 * What a message says, if it is one of `expected` and right in every part.
 * @throws ShoalError `bad-message` | `wrong-version` | `not-allowed`, all permanent
 */
export const readMessage = (message: IncomingMessage, expected: ReadonlySet<MessageName>): ReadMessage => {
  const name = nameOf(message);
  if (!expected.has(name)) throw bad(`nothing here answers a "${name}" message`);
  checkVersion(message);
  const sender = senderOf(name, message.routingKey);
  const body = parseWith(bodySchema(name), jsonOf(message), `the body of ${name}`);
  checkSender(name, body, sender);
  return { name, body, sender };
};

const nameOf = ({ name, routingKey }: IncomingMessage): MessageName => {
  const said = name ?? PUBLIC_DOOR.find((door) => routingKey === door || routingKey.startsWith(`${door}.`));
  if (said === undefined) throw bad('it has no name: set the AMQP property "type"');
  if (!isMessageName(said)) throw bad(`"${said.slice(0, 100)}" is not the name of a message`);
  return said;
};

const checkVersion = ({ headers }: IncomingMessage): void => {
  const version = headers[HEADERS.schema] ?? SCHEMA_VERSION;
  if (version === SCHEMA_VERSION) return;
  throw new ShoalError(
    'wrong-version',
    `schema version ${JSON.stringify(version)?.slice(0, 50)} is not ${SCHEMA_VERSION}`,
  );
};

/** The broker lets a sender write certain keys only, so a name must not come under another name's key. */
const senderOf = (name: MessageName, routingKey: string): string | undefined => {
  if (routingKey === name) return undefined;
  if (!routingKey.startsWith(`${name}.`)) {
    throw new ShoalError('not-allowed', `a ${name} came with the routing key "${routingKey}"`);
  }
  return routingKey.slice(routingKey.lastIndexOf('.') + 1);
};

const jsonOf = ({ body }: IncomingMessage): unknown => {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch (cause) {
    throw new ShoalError('bad-message', 'the body is not JSON', { cause });
  }
};

const checkSender = (name: MessageName, body: unknown, sender: string | undefined): void => {
  const claimed = claimedSender(name, body);
  if (claimed === undefined || claimed === sender) return;
  throw new ShoalError('not-allowed', `a ${name} of ${claimed} came from ${sender ?? 'nobody'}`, {
    hint: 'The routing key must end with the peer id that the body names.',
  });
};

const bad = (why: string): ShoalError =>
  new ShoalError('bad-message', `the message cannot be handled: ${why}`);
