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
local it = readDistribution(id)
if it.state ~= 'running' then return {0, pairsOf(it)} end
local fields, rows, stopping, idle = redis.call('HGETALL', ${ROWS}), {}, {}, {}
for at = 1, #fields, 2 do
  local peerId, row = fields[at], readRow(fields[at + 1])
  local from = row.state
  if not FINAL[from] and (ARGV[8] == '' or from == 'waiting' or from == 'offline') then
    row.state, row.rate, row.updatedAt = to, '0', now
    row.epoch = string.format('%d', tonumber(row.epoch) + 1)
    if ARGV[6] ~= '' then row.error = ARGV[6] end
    rows[#rows + 1] = peerId
    rows[#rows + 1] = rowField(row)
    if BUSY[from] then
      stopping[#stopping + 1] = peerId
    else
      idle[#idle + 1] = peerId
      redis.call('SREM', ${luaKey('pending', 'peerId')}, id)
    end
    count(it, from, to)
  end
end
many('HSET', ${ROWS}, rows)
many('SADD', ${STOPPING}, stopping)
many('ZREM', ${QUEUE}, idle)
add(it, 'retrying', -many('ZREM', ${RETRIES}, idle))
set(it, 'keepParts', ARGV[9])
if ARGV[7] ~= '' then set(it, 'reason', ARGV[7]) end
if ARGV[5] ~= '' and ARGV[8] == '' then
  finish(id, it, ARGV[5], now, ARGV[3])
else
  settleIfDone(id, it, now, ARGV[3])
end
write(id, it)
return {#rows / 2, pairsOf(it)}
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
local it = readDistribution(id)
if not it.state then return 0 end
if redis.call('ZSCORE', ${luaKey('outbox')}, endMessage(id, it.round)) then return -1 end
local fields, rows, queue, retried = redis.call('HGETALL', ${ROWS}), {}, {}, {}
for at = 1, #fields, 2 do
  local peerId, row = fields[at], readRow(fields[at + 1])
  local from = row.state
  if from == 'failed' or from == 'cancelled' then
    row.state, row.tries, row.bytes, row.rate, row.updatedAt = 'waiting', '0', '0', '0', now
    row.epoch = string.format('%d', tonumber(row.epoch) + 1)
    rows[#rows + 1] = peerId
    rows[#rows + 1] = rowField(row)
    queue[#queue + 1] = row.rank
    queue[#queue + 1] = peerId
    retried[#retried + 1] = peerId
    redis.call('SADD', ${luaKey('pending', 'peerId')}, id)
    count(it, from, 'waiting')
  end
end
if #retried == 0 then return 0 end
many('HSET', ${ROWS}, rows)
many('ZADD', ${QUEUE}, queue)
many('SREM', ${STOPPING}, retried)
if it.deadline and tonumber(it.deadline) <= tonumber(now) then redis.call('HDEL', ${DISTRIBUTION}, 'deadline') end
if it.state ~= 'running' then
  set(it, 'state', 'running')
  add(it, 'round', 1)
  redis.call('HDEL', ${DISTRIBUTION}, 'finishedAt', 'reason')
  for _, key in ipairs({${DISTRIBUTION}, ${ROWS}, ${STOPPING}}) do redis.call('PERSIST', key) end
end
write(id, it)
return #retried
`);

/** Peers were told to stop. ARGV: id, peer ids. Returns nothing. */
export const STOPPED = script(`
${ROW_FUNCTIONS}
local id, peerIds = ARGV[1], {}
for at = 2, #ARGV do peerIds[at - 1] = ARGV[at] end
many('SREM', ${STOPPING}, peerIds)
many('ZREM', ${UNSENT}, peerIds)
for at, field in ipairs(fieldsOf(id, peerIds)) do
  local peerId = peerIds[at]
  if not field or FINAL[readRow(field).state] then redis.call('SREM', ${luaKey('pending', 'peerId')}, id) end
end
`);
