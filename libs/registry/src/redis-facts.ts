import type { RedisConnection } from './redis.js';

/** What a Redis says of itself. */
export interface RedisFacts {
  /** Undefined when this user may not ask. */
  readonly version?: string;
  /** Whether a restart forgets nothing. */
  readonly appendOnly?: boolean;
  /** Milliseconds of one round trip. */
  readonly pingMs: number;
}

/** @throws ShoalError `redis-away` */
export const redisFacts = async (connection: RedisConnection): Promise<RedisFacts> => {
  const pingMs = await connection.ping();
  const text = await connection.call((client) => client.info()).catch(() => '');
  const version = /^redis_version:(\S{1,32})/m.exec(text)?.[1];
  const appendOnly = /^aof_enabled:([01])/m.exec(text)?.[1];
  return {
    pingMs,
    ...(version === undefined ? {} : { version }),
    ...(appendOnly === undefined ? {} : { appendOnly: appendOnly === '1' }),
  };
};
