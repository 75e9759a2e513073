import { describe, expect, it } from '@jest/globals';
import { seededRandom, ShoalError } from '#core';
import { HEADERS } from '#contracts';
import { attemptOrder, parseAmqpUrls, redactUrl, withHeartbeat } from './amqp-url.js';
import type { IncomingMessage } from './broker.js';
import { BROKER_LIMITS } from './broker-limits.js';
import { ClusterWatch } from './cluster-watch.js';
import { deadLetterOf } from './dead-letter.js';
import { PendingRequests } from './requests.js';
import { settle } from './settle.js';

describe('broker URLs', () => {
  it('are a list', () => {
    expect(parseAmqpUrls('amqp://a:b@h1:5672, amqps://h2/vh')).toEqual([
      'amqp://a:b@h1:5672',
      'amqps://h2/vh',
    ]);
  });

  it.each(['', 'h1:5672', 'http://h1', 'amqp://', 'amqp://h1,,amqp://h2'])('refuses %j', (list) => {
    expect(() => parseAmqpUrls(list)).toThrow(expect.objectContaining({ code: 'bad-config' }));
  });

  it.each([
    ['amqp://user:secret@host/vh', 'amqp://user:***@host/vh'],
    ['amqp://user:se:cr/e@t@host', 'amqp://user:***@host'],
    ['amqp://user@host', 'amqp://user@host'],
    ['amqp://:secret@host', 'amqp://:***@host'],
    ['x amqp://a:b@h,amqp://c:d@h y', 'x amqp://a:***@h,amqp://c:***@h y'],
  ])('shows %s as %s', (url, shown) => expect(redactUrl(url)).toBe(shown));

  it('get a heartbeat unless they have one', () => {
    expect(withHeartbeat('amqp://h/vh', 5)).toBe('amqp://h/vh?heartbeat=5');
    expect(withHeartbeat('amqp://h?heartbeat=60', 5)).toBe('amqp://h?heartbeat=60');
  });

  it('are tried in order first, then shuffled', () => {
    const urls = ['a', 'b', 'c', 'd', 'e'];
    expect(attemptOrder(urls, 0, Math.random)).toEqual(urls);
    const later = attemptOrder(urls, 1, seededRandom(3));
    expect([...later].sort()).toEqual(urls);
    expect(later).not.toEqual(urls);
  });
});

describe('the cluster behind a list of URLs', () => {
  it('must be one', () => {
    const watch = new ClusterWatch();
    watch.check('amqp://h1', 'rabbit@one');
    expect(() => watch.check('amqp://u:p@h2', 'rabbit@two')).toThrow(/cluster "rabbit@two".*"rabbit@one"/);
    expect(() => watch.check('amqp://h1', 'rabbit@one')).toThrow(
      expect.objectContaining({ code: 'bad-config' }),
    );
  });

  it('may get another name when all its nodes agree', () => {
    const watch = new ClusterWatch();
    watch.check('amqp://h1', 'old');
    watch.check('amqp://h1', 'new');
    expect(() => watch.check('amqp://h2', 'new')).not.toThrow();
    expect(watch.latest).toBe('new');
  });
});

const incoming: IncomingMessage = {
  queue: 'q',
  exchange: 'x',
  routingKey: 'a.b',
  name: undefined,
  body: Buffer.from('{}'),
  messageId: 'm',
  correlationId: undefined,
  replyTo: 'somewhere',
  redelivered: false,
  headers: {},
};

describe('a dead letter', () => {
  const error = new ShoalError('bad-message', 'why '.repeat(1_000));

  it('keeps what fits of the original headers and cuts the reason', () => {
    const headers = { kept: 'yes', table: { a: 1 }, big: 'x'.repeat(70_000), [HEADERS.deadCode]: 'forged' };
    const { key, exchange, options } = deadLetterOf({ ...incoming, headers }, error, 'shoal.dead', 7);
    expect({ key, exchange }).toEqual({ key: 'a.b', exchange: 'shoal.dead' });
    expect(options.headers).toMatchObject({
      kept: 'yes',
      [HEADERS.deadCode]: 'bad-message',
      [HEADERS.deadAt]: 7,
    });
    expect(options.headers).not.toHaveProperty('table');
    expect(options.headers).not.toHaveProperty('big');
    expect(options.headers[HEADERS.deadReason]).toHaveLength(1_000);
    expect(options).not.toHaveProperty('replyTo');
  });
});

describe('settling', () => {
  const run = async (
    failure: unknown,
    deadLetter: () => Promise<void> = async () => {},
    body = incoming.body,
  ): Promise<string[]> => {
    const done: string[] = [];
    await settle(
      {
        message: { ...incoming, body },
        ack: () => void done.push('ack'),
        requeue: () => void done.push('requeue'),
      },
      async () => {
        done.push('handle');
        if (failure !== undefined) throw failure;
      },
      {
        deadLetter: async () => {
          await deadLetter();
          done.push('dead');
        },
        pause: async () => void done.push('pause'),
      },
    );
    return done;
  };
  const away = new ShoalError('redis-away', 'away', { retry: 'transient' });

  it('acks after the effect', async () => expect(await run(undefined)).toEqual(['handle', 'ack']));
  it('pauses before it puts back', async () =>
    expect(await run(away)).toEqual(['handle', 'pause', 'requeue']));
  it('acks after the dead letter is confirmed', async () =>
    expect(await run(new Error('bug'))).toEqual(['handle', 'dead', 'ack']));
  it('loses nothing when the dead letter cannot be published', async () =>
    expect(await run(new Error('bug'), () => Promise.reject(away))).toEqual(['handle', 'pause', 'requeue']));
  it('drops a bad message where dead letters may not be written', async () => {
    const refused = new ShoalError('not-allowed', 'no right to write shoal.dead');
    expect(await run(new Error('bug'), () => Promise.reject(refused))).toEqual(['handle', 'ack']);
  });
  it('does not hand out a body over the cap', async () =>
    expect(await run(undefined, undefined, Buffer.alloc(BROKER_LIMITS.bodyBytes + 1))).toEqual([
      'dead',
      'ack',
    ]));
});

describe('pending requests', () => {
  const reply = (correlationId: string, content: string): Parameters<PendingRequests['take']>[0] =>
    ({ properties: { correlationId }, content: Buffer.from(content) }) as never;

  it('drop late and foreign replies', async () => {
    const pending = new PendingRequests();
    const asked = pending.expect('a', 1_000, 'it');
    pending.take(reply('b', '{"ok":true}'));
    pending.take(reply('a', '{"ok":true,"result":1}'));
    pending.take(reply('a', '{"ok":true,"result":2}'));
    await expect(asked).resolves.toBe(1);
    expect(pending.size).toBe(0);
  });

  it.each(['', '[]', '{"ok":1}', '{"ok":false}'])('a reply %j is a typed error', async (content) => {
    const pending = new PendingRequests();
    const asked = pending.expect('a', 1_000, 'it');
    pending.take(reply('a', content));
    await expect(asked).rejects.toMatchObject({ code: 'bad-message' });
  });

  it('have a cap', async () => {
    const pending = new PendingRequests();
    const all = Array.from({ length: BROKER_LIMITS.pendingRequests }, (_, at) =>
      pending.expect(String(at), 60_000, 'it'),
    );
    expect(() => pending.expect('more', 1, 'it')).toThrow(
      expect.objectContaining({ code: 'limit-exceeded' }),
    );
    pending.failAll();
    const settled = await Promise.allSettled(all);
    expect(settled.every((each) => each.status === 'rejected')).toBe(true);
  });
});
