import { Redis, type RedisOptions } from 'ioredis';
import { ShoalError } from '#core';

const TRY_EVERY_MS = 50;

const versionOf = (info: string): string => /redis_version:([^\r\n]+)/.exec(info)?.[1] ?? 'unknown';

const ask = async (url: string, options: RedisOptions, givenUp?: AbortSignal): Promise<string> => {
  const client = new Redis(url, { lazyConnect: true, connectTimeout: 5_000, ...options });
  let last: Error | undefined;
  client.on('error', (error: Error) => (last = error));
  givenUp?.addEventListener('abort', () => client.disconnect(), { once: true });
  try {
    return versionOf(await client.info('server'));
  } catch (thrown) {
    throw last ?? thrown;
  } finally {
    client.disconnect();
  }
};

/** The version of a server that is starting; tries until `givenUp`. */
export const untilRedisAnswers = async (url: string, givenUp: AbortSignal): Promise<string> =>
  await ask(url, { maxRetriesPerRequest: null, retryStrategy: () => TRY_EVERY_MS }, givenUp);

/** For a server that somebody gave by its URL. @throws ShoalError `bad-config` that names the variable */
export const requireRedis = async (variable: string, url: string): Promise<string> => {
  try {
    return await ask(url, { maxRetriesPerRequest: 0, retryStrategy: () => null });
  } catch (thrown) {
    throw new ShoalError('bad-config', `${variable}: no Redis answers there (${(thrown as Error).message})`, {
      hint: `Correct ${variable}, or leave it out to start a private server.`,
      cause: thrown,
    });
  }
};
