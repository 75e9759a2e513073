import { describe, expect, it } from '@jest/globals';
import { ShoalError } from '#core';
import { ReplyError } from 'ioredis';
import { fromRedisError } from './redis-errors.js';

const reply = (message: string): Error => new ReplyError(message) as Error;

describe('fromRedisError', () => {
  it.each([
    reply('LOADING Redis is loading the dataset in memory'),
    reply('READONLY You can not write against a read only replica. script: 1, on @user_script:3.'),
    reply('MISCONF Redis is configured to save RDB snapshots, but it is currently unable to persist'),
    reply('-OOM command not allowed when used memory > maxmemory'),
    reply('BUSY Redis is busy running a script'),
    reply('NOREPLICAS Not enough good replicas to write.'),
    reply('NOAUTH Authentication required.'),
    new Error('Command timed out'),
    new Error("Stream isn't writeable and enableOfflineQueue options is false"),
    'a string',
  ])('%s may pass', (thrown) => {
    expect(fromRedisError(thrown)).toMatchObject({ code: 'redis-away', retry: 'transient', cause: thrown });
  });

  it.each([
    reply('WRONGTYPE Operation against a key holding the wrong kind of value'),
    reply('ERR Error running script: attempt to index a nil value'),
  ])('%s will not', (thrown) => {
    expect(fromRedisError(thrown)).toMatchObject({ code: 'internal', retry: 'permanent', cause: thrown });
  });

  it('leaves an error of Shoal as it is', () => {
    const error = new ShoalError('bad-size', 'no');
    expect(fromRedisError(error)).toBe(error);
  });
});
