import { ShoalError } from '#core';
import { ReplyError } from 'ioredis';

/**
 * First words of replies that say "not now" rather than "not this": loading, a replica after a failover, a full memory or
 * disk, a script in the way, or a login that has changed under us. Everything else that Redis answers is a mistake of ours.
 */
const NOT_NOW = new Set([
  'BUSY',
  'CLUSTERDOWN',
  'LOADING',
  'MASTERDOWN',
  'MISCONF',
  'NOAUTH',
  'NOPERM',
  'NOREPLICAS',
  'OOM',
  'READONLY',
  'TRYAGAIN',
  'UNKILLABLE',
  'WRONGPASS',
]);

/** A failed call as `redis-away` (transient: the same call may succeed later) or `internal`. */
export const fromRedisError = (thrown: unknown): ShoalError => {
  if (thrown instanceof ShoalError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  if (thrown instanceof ReplyError && !NOT_NOW.has(firstWord(message))) {
    return new ShoalError('internal', `Redis refused a command: ${message}`, { cause: thrown });
  }
  return new ShoalError('redis-away', `Redis does not take this now: ${message}`, {
    cause: thrown,
    retry: 'transient',
    hint: 'Check that Redis runs at REDIS_URL and takes writes.',
  });
};

const firstWord = (message: string): string => /^-?([A-Z]+)\b/.exec(message)?.[1] ?? '';
