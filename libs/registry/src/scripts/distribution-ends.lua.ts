import { luaKey } from '../keys.js';
import { script } from '../script.js';
import {
  DISTRIBUTION,
  QUEUE,
  RETRIES,
  ROW_FUNCTIONS,
  ROWS,
  STOPPING,
  UNSENT,
} from './distribution-rows.lua.js';

/**
 * Ends every row that is not final, and the distribution when that settles the last one.
 *
 * ARGV: id, now, milliseconds to keep what has ended, state for the rows, state for the
 * distribution or '' for what its rows say, error of the rows as JSON or '', reason or '', '1' for rows that wait or are offline only, '1' when
 * targets keep what they have.
 * Returns {rows ended, {field, value, ...} of the distribution}. A row that its peer may run is remembered until the peer is told.
 * Blocks Redis for about 8 microseconds a target.
 */
export const END = script(`
${ROW_FUNCTIONS}
local id, now, to = ARGV[1], ARGV[2], ARGV[4]
if redis.call('HGET', ${DISTRIBUTION}, 'state') ~= 'running' then return {0, redis.call('HGETALL', ${DISTRIBUTION})} end
local rows, ended = redis.call('HGETALL', ${ROWS}), 0
for at = 1, #rows, 2 do
  local peerId, row = rows[at], readRow(rows[at + 1])
  local from = row.state
  if not FINAL[from] and (ARGV[8] == '' or from == 'waiting' or from == 'offline') then
    row.state, row.rate, row.updatedAt = to, '0', now
    row.epoch = string.format('%d', tonumber(row.epoch) + 1)
    if ARGV[6] ~= '' then row.error = ARGV[6] end
    redis.call('HSET', ${ROWS}, peerId, rowField(row))
    if BUSY[from] then
      redis.call('SADD', ${STOPPING}, peerId)
    else
      redis.call('SREM', ${luaKey('pending', 'peerId')}, id)
      redis.call('ZREM', ${QUEUE}, peerId)
      if redis.call('ZREM', ${RETRIES}, peerId) == 1 then redis.call('HINCRBY', ${DISTRIBUTION}, 'retrying', -1) end
    end
    count(id, from, to)
    ended = ended + 1
  end
end
redis.call('HSET', ${DISTRIBUTION}, 'keepParts', ARGV[9])
if ARGV[7] ~= '' then redis.call('HSET', ${DISTRIBUTION}, 'reason', ARGV[7]) end
if ARGV[5] ~= '' and ARGV[8] == '' then
  finish(id, ARGV[5], now, ARGV[3])
else
  settleIfDone(id, now, ARGV[3])
end
return {ended, redis.call('HGETALL', ${DISTRIBUTION})}
`);

/**
 * Rows that failed or were cancelled wait for their turn again, under a new epoch and with all their tries; a distribution that
 * had ended runs again. A deadline that is over is forgotten.
 *
 * ARGV: id, now. Returns rows, or -1 while the fact that it has ended waits in the outbox.
 */
export const RETRY = script(`
${ROW_FUNCTIONS}
local id, now = ARGV[1], ARGV[2]
local standing = redis.call('HMGET', ${DISTRIBUTION}, 'state', 'deadline')
if not standing[1] then return 0 end
if redis.call('ZSCORE', ${luaKey('outbox')}, endMessage(id)) then return -1 end
local rows, retried = redis.call('HGETALL', ${ROWS}), 0
for at = 1, #rows, 2 do
  local peerId, row = rows[at], readRow(rows[at + 1])
  local from = row.state
  if from == 'failed' or from == 'cancelled' then
    row.state, row.tries, row.bytes, row.rate, row.updatedAt = 'waiting', '0', '0', '0', now
    row.epoch = string.format('%d', tonumber(row.epoch) + 1)
    redis.call('HSET', ${ROWS}, peerId, rowField(row))
    redis.call('ZADD', ${QUEUE}, row.rank, peerId)
    redis.call('SADD', ${luaKey('pending', 'peerId')}, id)
    redis.call('SREM', ${STOPPING}, peerId)
    count(id, from, 'waiting')
    retried = retried + 1
  end
end
if retried == 0 then return 0 end
if standing[2] and tonumber(standing[2]) <= tonumber(now) then redis.call('HDEL', ${DISTRIBUTION}, 'deadline') end
if standing[1] ~= 'running' then
  redis.call('HSET', ${DISTRIBUTION}, 'state', 'running')
  redis.call('HINCRBY', ${DISTRIBUTION}, 'round', 1)
  redis.call('HDEL', ${DISTRIBUTION}, 'finishedAt', 'reason')
  for _, key in ipairs({${DISTRIBUTION}, ${ROWS}, ${STOPPING}}) do redis.call('PERSIST', key) end
end
return retried
`);

/** Peers were told to stop. ARGV: id, peer ids. Returns nothing. */
export const STOPPED = script(`
${ROW_FUNCTIONS}
local id = ARGV[1]
for at = 2, #ARGV do
  local peerId = ARGV[at]
  redis.call('SREM', ${STOPPING}, peerId)
  redis.call('ZREM', ${UNSENT}, peerId)
  local field = redis.call('HGET', ${ROWS}, peerId)
  if not field or FINAL[readRow(field).state] then redis.call('SREM', ${luaKey('pending', 'peerId')}, id) end
end
`);
