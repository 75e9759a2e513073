import type { Binaries } from './binaries.js';

/** Where a server comes from. */
export type Source = 'given' | 'installed' | 'to-install';

export interface Choice {
  readonly broker: Source;
  readonly redis: Source;
  /** Debian packages that are missing. */
  readonly packages: readonly string[];
}

export interface Given {
  readonly amqpUrl?: string;
  readonly redisUrl?: string;
}

const sourceOf = (given: boolean, installed: boolean): Source =>
  given ? 'given' : installed ? 'installed' : 'to-install';

/** A given URL wins over an installed server, that over installing one. */
export const choose = (given: Given, found: Binaries): Choice => {
  const hasBroker = found.rabbitmqServer !== undefined && found.epmd !== undefined;
  const broker = sourceOf(given.amqpUrl !== undefined, hasBroker);
  const redis = sourceOf(given.redisUrl !== undefined, found.redisServer !== undefined);
  return {
    broker,
    redis,
    packages: [
      ...(broker === 'to-install' ? ['rabbitmq-server'] : []),
      ...(redis === 'to-install' ? ['redis-server'] : []),
    ],
  };
};

const NAMES: Record<string, string> = { 'rabbitmq-server': 'RabbitMQ', 'redis-server': 'Redis' };
export const serverNames = (packages: readonly string[]): string =>
  packages.map((name) => NAMES[name] ?? name).join(' and ');

/** What a person can do when servers are missing and cannot be installed from here. */
export const choicesText = (packages: readonly string[]): string =>
  [
    'Choose one:',
    `  - install: sudo apt-get install --no-install-recommends ${packages.join(' ')}`,
    '    (any RabbitMQ from 3.10 and any Redis from 7 will do; they run as private child processes, not as services)',
    '  - use servers that run already: AMQP_URL=amqp://user:password@host:5672 REDIS_URL=redis://host:6379',
    '  - let Docker run the whole network: docker compose up',
  ].join('\n');
