import { afterAll, beforeAll } from '@jest/globals';
import { connectRedis, redisRegistries, type RedisConnection, type RedisRegistries } from '#registry';
import type { RedisRegistriesOptions } from '#registry';
import { startTestRedis, type TestRedis } from '#testing';

type Settings = Omit<Partial<RedisRegistriesOptions>, 'connection' | 'networkId'>;

export interface RealRegistries {
  /** Registries of a network of their own. */
  make(settings?: Settings): RedisRegistries;
  readonly connection: RedisConnection;
  /** Keys of a network that begin with a stem, without the network's prefix. */
  keys(networkId: string): Promise<string[]>;
  networkId(): string;
  makeIn(networkId: string, settings?: Settings): RedisRegistries;
}

/** A Redis and one connection for a test file. */
export const realRegistries = (): RealRegistries => {
  let redis: TestRedis;
  let connection: RedisConnection;
  const made: RedisRegistries[] = [];
  beforeAll(async () => {
    redis = await startTestRedis();
    connection = await connectRedis(redis.url, { name: 'registry-test' });
  }, 30_000);
  afterAll(async () => {
    await Promise.all(made.map(({ sweeper }) => sweeper.idle()));
    await connection?.stop();
    await redis?.stop();
  });
  const makeIn = (networkId: string, settings: Settings = {}): RedisRegistries => {
    const registries = redisRegistries({ ...settings, connection, networkId });
    made.push(registries);
    return registries;
  };
  return {
    make: (settings) => makeIn(redis.networkId(), settings),
    makeIn,
    networkId: () => redis.networkId(),
    get connection() {
      return connection;
    },
    keys: async (networkId) => {
      const found: string[] = [];
      const pages = connection.client.scanStream({ match: `${networkId}:*`, count: 1_000 });
      for await (const page of pages) found.push(...(page as string[]));
      return [...new Set(found)].map((key) => key.slice(networkId.length + 1)).sort();
    },
  };
};
