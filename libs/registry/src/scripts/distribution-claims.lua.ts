import { luaKey } from '../keys.js';
import { script } from '../script.js';
import { DISTRIBUTION, QUEUE, RETRIES, ROW_FUNCTIONS, ROWS, UNSENT } from './distribution-rows.lua.js';

/**
 * Takes rows to be commanded: first those of claims that came to nothing, then due retries, then the next in order.
 *
 * ARGV: id, now, targets that may download at the same time, targets that may have begun, most rows to return, moment before which
 * a claim without a confirmed command came to nothing, milliseconds after which a claim does.
 * Returns {{peer id, row, ...}, the next moment at which there is something to claim or ''}.
 * One script, because two processes that claim at the same time must not exceed the limits together.
 */
export const CLAIM = script(`
${ROW_FUNCTIONS}
local id, now, limit = ARGV[1], ARGV[2], tonumber(ARGV[5])
local counts = redis.call('HMGET', ${DISTRIBUTION},
  'state', 'commanded', 'downloading', 'done', 'failed', 'retrying', 'firstCommandAt')
if counts[1] ~= 'running' then return {{}, ''} end
for at = 2, 6 do counts[at] = tonumber(counts[at] or '0') end
local active = counts[2] + counts[3]
local begun = active + counts[4] + counts[5] + counts[6]

local stale = redis.call('ZRANGEBYSCORE', ${UNSENT}, '-inf', ARGV[6], 'LIMIT', 0, limit)
local taken = {}
local room = math.max(0, math.min(tonumber(ARGV[3]) - active, limit - #stale))
local due = redis.call('ZRANGEBYSCORE', ${RETRIES}, '-inf', now, 'LIMIT', 0, room)
for _, peerId in ipairs(due) do
  redis.call('ZREM', ${RETRIES}, peerId)
  taken[#taken + 1] = peerId
end
local fresh = math.min(room - #due, tonumber(ARGV[4]) - begun)
if fresh > 0 then
  local popped = redis.call('ZPOPMIN', ${QUEUE}, fresh)
  for at = 1, #popped, 2 do taken[#taken + 1] = popped[at] end
end

local found, started = {}, 0
local function give(peerId, field)
  redis.call('ZADD', ${UNSENT}, now, peerId)
  found[#found + 1] = peerId
  found[#found + 1] = field
end
for _, peerId in ipairs(stale) do
  local field = redis.call('HGET', ${ROWS}, peerId)
  if field and readRow(field).state == 'commanded' then give(peerId, field) else redis.call('ZREM', ${UNSENT}, peerId) end
end
for _, peerId in ipairs(taken) do
  local row = readRow(redis.call('HGET', ${ROWS}, peerId))
  row.state, row.bytes, row.updatedAt, row.commandedAt = 'commanded', '0', now, now
  local field = rowField(row)
  redis.call('HSET', ${ROWS}, peerId, field)
  give(peerId, field)
  started = started + 1
end
if #due > 0 then redis.call('HINCRBY', ${DISTRIBUTION}, 'retrying', -#due) end
if started > 0 then
  redis.call('HINCRBY', ${DISTRIBUTION}, 'waiting', -started)
  redis.call('HINCRBY', ${DISTRIBUTION}, 'commanded', started)
  redis.call('HINCRBY', ${DISTRIBUTION}, 'revision', 1)
  redis.call('HSET', ${DISTRIBUTION}, 'lastCommandAt', now)
  if not counts[7] then redis.call('HSET', ${DISTRIBUTION}, 'firstCommandAt', now) end
end

local nextAt
local retry = redis.call('ZRANGE', ${RETRIES}, 0, 0, 'WITHSCORES')[2]
if retry and tonumber(retry) > tonumber(now) then nextAt = tonumber(retry) end
local unsent = redis.call('ZRANGE', ${UNSENT}, 0, 0, 'WITHSCORES')[2]
if unsent then
  local again = tonumber(unsent) + tonumber(ARGV[7])
  if not nextAt or again < nextAt then nextAt = again end
end
return {found, nextAt and string.format('%d', nextAt) or ''}
`);

/**
 * What came of claimed commands. One that did not arrive makes its row offline.
 *
 * ARGV: id, now, then peer id, epoch and '1' arrived or '0' of each. Returns nothing.
 */
export const SENT = script(`
${ROW_FUNCTIONS}
local id, now = ARGV[1], ARGV[2]
local isRunning = redis.call('HGET', ${DISTRIBUTION}, 'state') == 'running'
for at = 3, #ARGV, 3 do
  local peerId = ARGV[at]
  redis.call('ZREM', ${UNSENT}, peerId)
  if isRunning and ARGV[at + 2] == '0' then
    local field = redis.call('HGET', ${ROWS}, peerId)
    local row = field and readRow(field)
    if row and row.state == 'commanded' and row.epoch == ARGV[at + 1] then
      row.state, row.updatedAt = 'offline', now
      redis.call('HSET', ${ROWS}, peerId, rowField(row))
      count(id, 'commanded', 'offline')
    end
  end
end
`);

/** An offline row waits for its turn again. ARGV: id, peer id, now. Returns 1, or 0 when it was not offline. */
export const REQUEUE = script(`
${ROW_FUNCTIONS}
local id, peerId = ARGV[1], ARGV[2]
local field = redis.call('HGET', ${ROWS}, peerId)
local row = field and readRow(field)
if not row or row.state ~= 'offline' or redis.call('HGET', ${DISTRIBUTION}, 'state') ~= 'running' then return 0 end
row.state, row.updatedAt = 'waiting', ARGV[3]
redis.call('HSET', ${ROWS}, peerId, rowField(row))
redis.call('ZADD', ${QUEUE}, row.rank, peerId)
count(id, 'offline', 'waiting')
return 1
`);

/**
 * A page of distributions, newest first. Those that have expired leave the index on the way.
 *
 * ARGV: id after which the page begins or '', limit.
 * Returns {id, {field, value, ...}} each.
 */
export const LIST_DISTRIBUTIONS = script(`
local index, found, limit = ${luaKey('distributions')}, {}, tonumber(ARGV[2])
local position = 0
if ARGV[1] ~= '' then
  local rank = redis.call('ZREVRANK', index, ARGV[1])
  if not rank then return {} end
  position = rank + 1
end
for _, id in ipairs(redis.call('ZREVRANGE', index, position, position + limit - 1)) do
  local fields = redis.call('HGETALL', ${DISTRIBUTION})
  if #fields > 0 then found[#found + 1] = {id, fields} else redis.call('ZREM', index, id) end
end
return found
`);

/**
 * Rows of one peer that are not settled or that it was not told to stop. ARGV: peer id, limit. Returns {id, {field, value, ...}, row}
 * each.
 */
export const PENDING = script(`
local peerId, found = ARGV[1], {}
for _, id in ipairs(redis.call('SRANDMEMBER', ${luaKey('pending', 'peerId')}, ARGV[2])) do
  local fields, row = redis.call('HGETALL', ${DISTRIBUTION}), redis.call('HGET', ${ROWS}, peerId)
  if row then found[#found + 1] = {id, fields, row} else redis.call('SREM', ${luaKey('pending', 'peerId')}, id) end
end
return found
`);
