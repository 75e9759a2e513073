import { ANCHOR_NAME_PATTERN, NETWORK_ID_PATTERN } from '#core';
import { DEFAULT_NETWORK } from '#contracts';
import { parseAmqpUrls } from '../broker/amqp-url.js';
import { matching, oneOf, optionalPort, variable } from './environment.js';

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];
export const LOG_FORMATS = ['json', 'pretty'] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

/** Variables that every process of Shoal has. */
export const commonVariables = {
  SHOAL_NETWORK: matching('lower-case letters, digits and "-", at most 63', NETWORK_ID_PATTERN).default(
    DEFAULT_NETWORK,
  ),
  LOG_LEVEL: oneOf(LOG_LEVELS).default('info'),
  /** `pretty` for a person at a terminal. */
  LOG_FORMAT: oneOf(LOG_FORMATS).default('json'),
  /** Port of `/health`; none when left out. */
  HEALTH_PORT: optionalPort(),
  /** Address that `/health` binds to. */
  HEALTH_HOST: matching('a host name or address', /^[\w.:-]{1,253}$/).default('127.0.0.1'),
};

/** Variables that the three processes of an anchor share; each adds its own in its `config.ts`. */
export const anchorVariables = {
  ...commonVariables,
  /** Nodes of one RabbitMQ cluster. */
  AMQP_URL: variable('amqp://user:password@host:5672, several with commas', (text) => parseAmqpUrls(text)),
  /** The same for the three processes of one anchor. */
  ANCHOR_NAME: matching(
    'lower-case letters, digits and "-", at most 32, for example server1',
    ANCHOR_NAME_PATTERN,
  ),
  /** `quorum` on a RabbitMQ cluster of three or more nodes. */
  QUEUE_TYPE: oneOf(['classic', 'quorum']).default('classic'),
};
