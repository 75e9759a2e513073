import { z } from 'zod';
import { anchorsOfUrls, parseAnchors, type Anchor } from '#contracts';
import { ShoalError } from '#core';
import { parseRedisUrl } from '#registry';
import { commonVariables, readEnvironment, variable, type Environment } from '#platform';

const schema = z.object({
  ...commonVariables,
  ANCHORS: variable('a list like server1=amqp://host1:5672,server2=amqp://host2:5672', (text) =>
    parseAnchors(text, 'ANCHORS'),
  ).optional(),
  AMQP_URL: variable('amqp://user:password@host:5672, several with commas', (text) =>
    anchorsOfUrls(text, 'AMQP_URL'),
  ).optional(),
  /** Of the anchors: then the board of jobs is there, too. */
  REDIS_URL: variable('redis://host:6379 or redis+sentinel://host1,host2/master', (text) => {
    parseRedisUrl(text);
    return text;
  }).optional(),
  /** Where the page answers. There is no login yet, so anything but loopback is a decision. */
  CONSOLE_LISTEN: variable('host:port', (text) => parseListen(text)).default({
    host: '127.0.0.1',
    port: 8_080,
  }),
});

export interface ConsoleConfig {
  readonly anchors: readonly Anchor[];
  readonly networkId: string;
  readonly listen: { readonly host: string; readonly port: number };
  readonly redisUrl?: string | undefined;
  readonly log: Pick<z.output<typeof schema>, 'LOG_LEVEL' | 'LOG_FORMAT'>;
}

/** @throws ShoalError `bad-config` that names the variable */
export const consoleConfig = (environment: Environment): ConsoleConfig => {
  const { ANCHORS, AMQP_URL, REDIS_URL, SHOAL_NETWORK, CONSOLE_LISTEN, LOG_LEVEL, LOG_FORMAT } =
    readEnvironment(schema, environment);
  const anchors = ANCHORS ?? AMQP_URL;
  if (anchors === undefined) {
    throw new ShoalError('bad-config', 'no anchor is known: neither ANCHORS nor AMQP_URL is set', {
      hint: 'Set ANCHORS to a list like server1=amqp://host1:5672,server2=amqp://host2:5672.',
    });
  }
  return {
    ...{ anchors, networkId: SHOAL_NETWORK, listen: CONSOLE_LISTEN, redisUrl: REDIS_URL },
    log: { LOG_LEVEL, LOG_FORMAT },
  };
};

const parseListen = (text: string): { host: string; port: number } => {
  const [, host, port] = /^(\[[0-9a-fA-F:.]+\]|[^:\s]+):(\d{1,5})$/.exec(text) ?? [];
  if (host === undefined || Number(port) > 65_535)
    throw new ShoalError('bad-config', `"${text}" is not host:port`);
  return { host: host.replace(/^\[|\]$/g, ''), port: Number(port) };
};
