import { luaKey } from '../keys.js';
import { script } from '../script.js';

/**
 * One peer accuses another. The accusers that are enough are forgotten: when the peer is handed out again it starts anew.
 *
 * ARGV: peer id, accuser, now, accusers that are enough, milliseconds in which they count, milliseconds of being shunned.
 * Returns the accusers when they are enough just now, else false.
 * One script, because of two accusations that two anchors take at the same time one must be the last that was needed.
 */
export const ACCUSE = script(`
local peerId, now, window = ARGV[1], tonumber(ARGV[3]), tonumber(ARGV[5])
local shunned = ${luaKey('shunned', 'peerId')}
local till = redis.call('GET', shunned)
if till and tonumber(till) > now then return false end
local accusers = ${luaKey('accusers', 'peerId')}
redis.call('ZREMRANGEBYSCORE', accusers, '-inf', string.format('(%.0f', now - window))
redis.call('ZADD', accusers, ARGV[3], ARGV[2])
redis.call('PEXPIRE', accusers, window)
if redis.call('ZCARD', accusers) < tonumber(ARGV[4]) then return false end
local enough = redis.call('ZRANGE', accusers, 0, -1)
redis.call('DEL', accusers)
redis.call('SET', shunned, string.format('%.0f', now + tonumber(ARGV[6])), 'PX', ARGV[6])
return enough
`);
