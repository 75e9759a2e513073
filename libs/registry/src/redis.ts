import { setTimeout as delay } from 'node:timers/promises';
import { ShoalError } from '#core';
import { Redis, type RedisOptions } from 'ioredis';
import { keyPrefix, redisKey } from './keys.js';
import { fromRedisError } from './redis-errors.js';
import { parseRedisUrl } from './redis-url.js';

/** A call without a reply after so long has failed, milliseconds. */
const COMMAND_TIMEOUT = 5_000;
const CONNECT_TIMEOUT = 5_000;
/** Between two tries to connect: 50 ms growing to this, milliseconds. */
const RECONNECT_MAX = 1_000;
/** Between two tries to write to a Redis that is there but refuses, milliseconds. */
const PROBE_MIN = 100;
const PROBE_MAX = 2_000;
const PROBE_EXPIRES = 1_000;

export interface RedisConnectionOptions {
  /** Shown by CLIENT LIST: `server1/manifest`. */
  readonly name?: string;
  /** The network whose prefix the write probe uses; default `shoal`. */
  readonly networkId?: string;
  /** How long `start` waits for Redis, milliseconds; default 10,000. */
  readonly startTimeoutMs?: number;
  readonly commandTimeoutMs?: number;
}

/**
 * One connection that makes itself again. No call waits for it: while Redis is away every call fails at once, a call under
 * way fails when the connection breaks or after five seconds, always with `redis-away`. Such a call may still have taken
 * effect.
 */
export class RedisConnection {
  readonly client: Redis;
  private readonly startTimeout: number;
  private readonly probeKey: string;
  private readonly stopping = new AbortController();
  private lastError = '';

  constructor(target: RedisOptions, options: RedisConnectionOptions = {}) {
    this.client = new Redis({ ...target, ...behaviour(options) });
    this.startTimeout = options.startTimeoutMs ?? 10_000;
    this.probeKey = redisKey(keyPrefix(options.networkId ?? 'shoal'), 'probe');
    // Without a listener ioredis prints every failed try to connect.
    this.client.on('error', (error: Error) => (this.lastError = error.message));
  }

  /** Resolves when Redis answers. @throws ShoalError `redis-away` when it does not in time; the tries end with it */
  async start(): Promise<void> {
    // A failed first try rejects while ioredis goes on trying: what counts is 'ready'.
    if (this.client.status === 'wait') this.client.connect().catch(() => undefined);
    const timeout = AbortSignal.timeout(this.startTimeout);
    await this.untilReady(timeout).catch((cause: unknown) => {
      const reason = this.lastError;
      this.client.disconnect();
      throw this.stopping.signal.aborted ? cause : away(`Redis is not there: ${reason || 'no answer'}`);
    });
  }

  /** Ends the connection after the calls under way; idempotent. */
  async stop(): Promise<void> {
    this.stopping.abort();
    if (this.client.status === 'ready') await this.client.quit().catch(() => undefined);
    this.client.disconnect();
  }

  /** Connected and loaded; writes may still be refused. */
  get isReady(): boolean {
    return this.client.status === 'ready';
  }

  /**
   * Resolves when Redis takes writes: at once when it does now, else at the next reconnect, or when the reason for which it
   * refuses writes is gone. @throws ShoalError `cancelled` after `stop`
   */
  async untilWell(): Promise<void> {
    for (let pause = PROBE_MIN; ; pause = Math.min(PROBE_MAX, pause * 2)) {
      await this.untilReady(this.stopping.signal);
      if (await this.takesWrites()) return;
      await delay(pause, undefined, { signal: this.stopping.signal, ref: false }).catch(() => undefined);
    }
  }

  /** Milliseconds of one round trip, for a health check. @throws ShoalError `redis-away` */
  async ping(): Promise<number> {
    const start = performance.now();
    await this.call((client) => client.ping());
    return performance.now() - start;
  }

  /** Runs commands; what they throw becomes `redis-away` or `internal`. */
  async call<T>(commands: (client: Redis) => Promise<T>): Promise<T> {
    try {
      return await commands(this.client);
    } catch (error) {
      throw fromRedisError(error);
    }
  }

  private takesWrites(): Promise<boolean> {
    return this.client.set(this.probeKey, '1', 'PX', PROBE_EXPIRES).then(
      () => true,
      () => false,
    );
  }

  private untilReady(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        this.client.off('ready', onReady);
        for (const source of [signal, this.stopping.signal]) source.removeEventListener('abort', onAbort);
      };
      const onReady = (): void => {
        settle();
        resolve();
      };
      const onAbort = (): void => {
        settle();
        reject(new ShoalError('cancelled', 'no longer waiting for Redis'));
      };
      if (signal.aborted || this.stopping.signal.aborted) return onAbort();
      if (this.isReady) return resolve();
      this.client.once('ready', onReady);
      for (const source of [signal, this.stopping.signal]) source.addEventListener('abort', onAbort);
    });
  }
}

/** A connection that has answered. @throws ShoalError `bad-config`, `redis-away` */
export const connectRedis = async (
  url: string,
  options: RedisConnectionOptions = {},
): Promise<RedisConnection> => {
  const connection = new RedisConnection(parseRedisUrl(url), options);
  await connection.start();
  return connection;
};

const behaviour = (options: RedisConnectionOptions): RedisOptions => ({
  lazyConnect: true,
  enableOfflineQueue: false,
  // With 0 every call under way fails when the connection breaks. Sending it again is its caller's decision.
  maxRetriesPerRequest: 0,
  autoResendUnfulfilledCommands: false,
  commandTimeout: options.commandTimeoutMs ?? COMMAND_TIMEOUT,
  connectTimeout: CONNECT_TIMEOUT,
  retryStrategy: (tries) => Math.min(RECONNECT_MAX, 50 * tries),
  // A failover made this server a replica: look for the master again.
  reconnectOnError: (error) => error.message.startsWith('READONLY'),
  ...(options.name === undefined ? {} : { connectionName: options.name }),
});

const away = (message: string): ShoalError =>
  new ShoalError('redis-away', message, {
    retry: 'transient',
    hint: 'Check that Redis runs at REDIS_URL.',
  });
