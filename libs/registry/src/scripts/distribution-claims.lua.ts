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
local it = readDistribution(id)
if it.state ~= 'running' then return {{}, ''} end
local function of(field) return tonumber(it[field] or '0') end
local active = of('commanded') + of('downloading')
local begun = active + of('done') + of('failed') + of('retrying')

local stale = redis.call('ZRANGEBYSCORE', ${UNSENT}, '-inf', ARGV[6], 'LIMIT', 0, limit)
local taken = {}
local room = math.max(0, math.min(tonumber(ARGV[3]) - active, limit - #stale))
local due = redis.call('ZRANGEBYSCORE', ${RETRIES}, '-inf', now, 'LIMIT', 0, room)
many('ZREM', ${RETRIES}, due)
for _, peerId in ipairs(due) do taken[#taken + 1] = peerId end
local fresh = math.min(room - #due, tonumber(ARGV[4]) - begun)
if fresh > 0 then
  local popped = redis.call('ZPOPMIN', ${QUEUE}, fresh)
  for at = 1, #popped, 2 do taken[#taken + 1] = popped[at] end
end

local found, rows, unsent, lost = {}, {}, {}, {}
local function give(peerId, field)
  unsent[#unsent + 1] = now
  unsent[#unsent + 1] = peerId
  found[#found + 1] = peerId
  found[#found + 1] = field
end
for at, field in ipairs(fieldsOf(id, stale)) do
  if field and readRow(field).state == 'commanded' then give(stale[at], field) else lost[#lost + 1] = stale[at] end
end
for at, before in ipairs(fieldsOf(id, taken)) do
  local row = readRow(before)
  row.state, row.bytes, row.updatedAt, row.commandedAt = 'commanded', '0', now, now
  local field = rowField(row)
  rows[#rows + 1] = taken[at]
  rows[#rows + 1] = field
  give(taken[at], field)
end
many('HSET', ${ROWS}, rows)
many('ZREM', ${UNSENT}, lost)
many('ZADD', ${UNSENT}, unsent)
if #taken > 0 then
  add(it, 'retrying', -#due)
  add(it, 'waiting', -#taken)
  add(it, 'commanded', #taken)
  add(it, 'revision', 1)
  set(it, 'lastCommandAt', now)
  if not it.firstCommandAt then set(it, 'firstCommandAt', now) end
  write(id, it)
end

local nextAt
local retry = redis.call('ZRANGE', ${RETRIES}, 0, 0, 'WITHSCORES')[2]
if retry and tonumber(retry) > tonumber(now) then nextAt = tonumber(retry) end
local oldest = redis.call('ZRANGE', ${UNSENT}, 0, 0, 'WITHSCORES')[2]
if oldest then
  local again = tonumber(oldest) + tonumber(ARGV[7])
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
local all, epochs, missed, rows = {}, {}, {}, {}
for at = 3, #ARGV, 3 do
  all[#all + 1] = ARGV[at]
  if ARGV[at + 2] == '0' then
    missed[#missed + 1] = ARGV[at]
    epochs[#missed] = ARGV[at + 1]
  end
end
many('ZREM', ${UNSENT}, all)
if #missed == 0 then return end
local it = readDistribution(id)
if it.state ~= 'running' then return end
for at, field in ipairs(fieldsOf(id, missed)) do
  local row = field and readRow(field)
  if row and row.state == 'commanded' and row.epoch == epochs[at] then
    row.state, row.updatedAt = 'offline', now
    rows[#rows + 1] = missed[at]
    rows[#rows + 1] = rowField(row)
    count(it, 'commanded', 'offline')
  end
end
many('HSET', ${ROWS}, rows)
write(id, it)
`);

/** An offline row waits for its turn again. ARGV: id, peer id, now. Returns 1, or 0 when it was not offline. */
export const REQUEUE = script(`
${ROW_FUNCTIONS}
local id, peerId = ARGV[1], ARGV[2]
local field = redis.call('HGET', ${ROWS}, peerId)
local row = field and readRow(field)
if not row or row.state ~= 'offline' then return 0 end
local it = readDistribution(id)
if it.state ~= 'running' then return 0 end
row.state, row.updatedAt = 'waiting', ARGV[3]
redis.call('HSET', ${ROWS}, peerId, rowField(row))
redis.call('ZADD', ${QUEUE}, row.rank, peerId)
count(it, 'offline', 'waiting')
write(id, it)
return 1
`);

/**
 * A page of distributions, newest first; a short page is the last one. Those that have expired leave the index on the way.
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
while #found < limit do
  local ids = redis.call('ZREVRANGE', index, position, position + limit - #found - 1)
  if #ids == 0 then return found end
  for _, id in ipairs(ids) do
    local fields = redis.call('HGETALL', ${DISTRIBUTION})
    if #fields > 0 then
      found[#found + 1] = {id, fields}
      position = position + 1
    else
      redis.call('ZREM', index, id)
    end
  end
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
