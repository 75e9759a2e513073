import { describe, expect, it } from '@jest/globals';
import { parseRedisUrl } from './redis-url.js';

describe('parseRedisUrl', () => {
  it.each([
    ['redis://127.0.0.1', { host: '127.0.0.1', port: 6_379 }],
    ['redis://localhost:7000/3', { host: 'localhost', port: 7_000, db: 3 }],
    ['redis://:p%40ss@h', { host: 'h', port: 6_379, password: 'p@ss' }],
    ['redis://ada:secret@[::1]:7000', { host: '::1', port: 7_000, username: 'ada', password: 'secret' }],
    ['rediss://h:7000/', { host: 'h', port: 7_000, tls: {} }],
    [
      'redis+sentinel://h1:26379,h2:5000/mymaster',
      {
        sentinels: [
          { host: 'h1', port: 26_379 },
          { host: 'h2', port: 5_000 },
        ],
        name: 'mymaster',
        role: 'master',
      },
    ],
    [
      'redis+sentinel://ada:p%3Ass@[::1]:7000,h2/my%20master/2',
      {
        sentinels: [
          { host: '::1', port: 7_000 },
          { host: 'h2', port: 26_379 },
        ],
        name: 'my master',
        role: 'master',
        db: 2,
        username: 'ada',
        password: 'p:ss',
      },
    ],
  ])('%s', (url, expected) => {
    expect(parseRedisUrl(url)).toEqual(expected);
  });

  it.each([
    '',
    'localhost:6379',
    'http://localhost',
    'redis://',
    'redis://h:99999',
    'redis://h/one',
    'redis://h/1/2',
    'redis+sentinel://h1',
    'redis+sentinel:///m',
    'redis+sentinel://h1,,h2/m',
    'redis+sentinel://h1:port/m',
    'redis+sentinel://h1/m/x',
    'redis+sentinel://%zz@h1/m',
  ])('refuses "%s"', (url) => {
    expect(() => parseRedisUrl(url)).toThrow(expect.objectContaining({ code: 'bad-config' }));
  });

  it('does not repeat a password', () => {
    const parse = (): unknown => parseRedisUrl('redis://ada:secret@h/one');
    expect(parse).toThrow(expect.objectContaining({ message: expect.not.stringContaining('secret') }));
  });
});
