import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { ShoalError } from '#core';

const TRY_EVERY_MS = 50;
const ONE_TRY_MS = 5_000;

const versionOf = (info: string): string => /redis_version:([^\r\n]+)/.exec(info)?.[1] ?? 'unknown';

const ask = async (url: string): Promise<string> => {
  const client = new Redis(url, {
    lazyConnect: true,
    connectTimeout: ONE_TRY_MS,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  let last: Error | undefined;
  client.on('error', (error: Error) => (last = error));
  try {
    return versionOf(await client.info('server'));
  } catch (thrown) {
    throw last ?? thrown;
  } finally {
    // To disconnect once more would only start a timer.
    if (client.status !== 'end') client.disconnect();
  }
};

/** The version of a server that is starting. Stops trying when `givenUp` says so. */
export const untilRedisAnswers = async (url: string, givenUp: AbortSignal): Promise<string> => {
  for (;;) {
    try {
      return await ask(url);
    } catch (thrown) {
      if (givenUp.aborted) throw thrown;
    }
    await delay(TRY_EVERY_MS);
  }
};

/** For a server that somebody gave by its URL. @throws ShoalError `bad-config` that names the variable */
export const requireRedis = async (variable: string, url: string): Promise<string> => {
  try {
    return await ask(url);
  } catch (thrown) {
    throw new ShoalError('bad-config', `${variable}: no Redis answers there (${(thrown as Error).message})`, {
      hint: `Correct ${variable}, or leave it out to start a private server.`,
      cause: thrown,
    });
  }
};
