import { describe, expect, it } from '@jest/globals';
import { choicesText, choose, serverNames } from './choose.js';

const INSTALLED = { rabbitmqServer: '/r', epmd: '/e', redisServer: '/s' };

describe('choose', () => {
  it('takes given servers before installed ones', () => {
    const given = { amqpUrl: 'amqp://h', redisUrl: 'redis://h' };
    expect(choose(given, INSTALLED)).toEqual({ broker: 'given', redis: 'given', packages: [] });
    expect(choose(given, {})).toEqual({ broker: 'given', redis: 'given', packages: [] });
  });

  it('takes installed servers before installing', () => {
    expect(choose({}, INSTALLED)).toEqual({ broker: 'installed', redis: 'installed', packages: [] });
  });

  it('decides for each alone', () => {
    expect(choose({ amqpUrl: 'amqp://h' }, {})).toEqual({
      broker: 'given',
      redis: 'to-install',
      packages: ['redis-server'],
    });
  });

  it('does not call a broker without its port mapper installed', () => {
    expect(choose({}, { rabbitmqServer: '/r', redisServer: '/s' }).packages).toEqual(['rabbitmq-server']);
  });
});

describe('what people read', () => {
  it('names the servers and every way out', () => {
    expect(serverNames(['rabbitmq-server', 'redis-server'])).toBe('RabbitMQ and Redis');
    const text = choicesText(['redis-server']);
    expect(text).toContain('apt-get install --no-install-recommends redis-server');
    expect(text).toContain('AMQP_URL');
    expect(text).toContain('docker compose up');
  });
});
