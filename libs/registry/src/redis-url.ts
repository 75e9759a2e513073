import { ShoalError } from '#core';
import type { RedisOptions } from 'ioredis';

const PORT = 6_379;
const SENTINEL_PORT = 26_379;
const SENTINEL_URL = /^redis\+sentinel:\/\/(?:([^@/]*)@)?([^/?#]+)\/([^/?#]+)(?:\/(\d{1,5}))?$/;

/**
 * Where Redis is, as ioredis options, from `redis://[user:password@]host[:port][/db]`, `rediss://...` (TLS) or
 * `redis+sentinel://[user:password@]host1[:port],host2[:port]/master[/db]`.
 * @throws ShoalError `bad-config`; the message never repeats the password
 */
export const parseRedisUrl = (url: string): RedisOptions =>
  url.startsWith('redis+sentinel:') ? sentinel(url) : single(url);

const single = (url: string): RedisOptions => {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !/^rediss?:$/.test(parsed.protocol) || parsed.hostname === '') throw bad();
  return {
    host: parsed.hostname.replace(/^\[|\]$/g, ''),
    port: parsed.port === '' ? PORT : Number(parsed.port),
    ...database(parsed.pathname.slice(1)),
    ...login(parsed.username, parsed.password),
    ...(parsed.protocol === 'rediss:' ? { tls: {} } : {}),
  };
};

const sentinel = (url: string): RedisOptions => {
  const match = SENTINEL_URL.exec(url);
  if (match === null) throw bad();
  const [user, password] = splitOnce(match[1] ?? '', ':');
  return {
    sentinels: (match[2] as string).split(',').map(sentinelNode),
    name: decode(match[3] as string),
    role: 'master',
    ...database(match[4] ?? ''),
    ...login(user, password),
  };
};

const sentinelNode = (text: string): { host: string; port: number } => {
  const parsed = URL.canParse(`redis://${text}`) ? new URL(`redis://${text}`) : undefined;
  if (parsed === undefined || parsed.hostname === '' || parsed.pathname !== '') throw bad();
  return {
    host: parsed.hostname.replace(/^\[|\]$/g, ''),
    port: parsed.port === '' ? SENTINEL_PORT : Number(parsed.port),
  };
};

const database = (text: string): { db?: number } => {
  if (text === '') return {};
  if (!/^\d{1,5}$/.test(text)) throw bad();
  return { db: Number(text) };
};

const login = (user: string, password: string): { username?: string; password?: string } => ({
  ...(user === '' ? {} : { username: decode(user) }),
  ...(password === '' ? {} : { password: decode(password) }),
});

const splitOnce = (text: string, separator: string): [string, string] => {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
};

const decode = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    throw bad();
  }
};

const bad = (): ShoalError =>
  new ShoalError('bad-config', 'the Redis URL is not one', {
    hint: 'Write it like redis://127.0.0.1:6379/0, rediss://... or redis+sentinel://host1:26379,host2:26379/mymaster.',
  });
