import { ROW_STATES } from '#contracts';
import { FINAL_ROWS, REPEATABLE_ROWS, ROW_MOVES } from '../distribution-moves.js';
import { luaKey } from '../keys.js';
import { script } from '../script.js';

/** A row is one hash field: `state|epoch|bytes|rate|updated at|name|error as JSON`; names have no `|`. */
const ROW_PATTERN = `'^(%a+)|(%d+)|([^|]*)|([^|]*)|(%d+)|([^|]*)|(.*)$'`;

const set = (states: readonly string[]): string => `{${states.map((state) => `${state}=1`).join(', ')}}`;
const MOVES = `{${ROW_STATES.map((state) => `${state}=${set(ROW_MOVES[state])}`).join(', ')}}`;

const DISTRIBUTION = luaKey('distribution', 'id');
const ROWS = luaKey('rows', 'id');

/**
 * Lua functions for scripts that settle rows.
 *
 * - `count(id, from, to)`: one row changed its state
 * - `finish(id, state, now, retention, messageId)`: the distribution has ended; the fact goes to the outbox in this same step
 */
const SETTLE = `
local FINAL = ${set(FINAL_ROWS)}

local function count(id, from, to)
  redis.call('HINCRBY', ${DISTRIBUTION}, from, -1)
  redis.call('HINCRBY', ${DISTRIBUTION}, to, 1)
end

local function finish(id, state, now, retention, messageId)
  redis.call('HSET', ${DISTRIBUTION}, 'state', state, 'finishedAt', now)
  redis.call('ZADD', ${luaKey('outbox')}, now, messageId)
  redis.call('PEXPIRE', ${DISTRIBUTION}, retention)
  redis.call('PEXPIRE', ${ROWS}, retention)
end
`;

/**
 * Makes a distribution with a row per target, unless its key or id made one before.
 *
 * ARGV: id, idempotency key, milliseconds to keep the key, now, facts as JSON, then peer id and name of each target.
 * Returns {1, id} or, for one that was made before, {0, its id}.
 * Blocks Redis for about 2 microseconds a target.
 */
export const CREATE = script(`
local id, now = ARGV[1], ARGV[4]
local before = redis.call('GET', ${luaKey('idempotency', 'ARGV[2]')})
if not before and redis.call('EXISTS', ${DISTRIBUTION}) == 1 then before = id end
if before then return {0, before} end
redis.call('SET', ${luaKey('idempotency', 'ARGV[2]')}, id, 'PX', ARGV[3])
for at = 6, #ARGV, 2 do
  redis.call('HSET', ${ROWS}, ARGV[at], 'waiting|0|0|0|'..now..'|'..ARGV[at + 1]..'|')
  redis.call('SADD', ${luaKey('pending', 'ARGV[at]')}, id)
end
local targets = (#ARGV - 5) / 2
redis.call('HSET', ${DISTRIBUTION},
  'key', ARGV[2], 'facts', ARGV[5], 'state', 'running', 'epoch', 0, 'createdAt', now,
  'targets', targets, 'waiting', targets)
redis.call('ZADD', ${luaKey('distributions')}, now, id)
return {1, id}
`);

/**
 * Moves one row and, when that settles the last one, ends the distribution. The rules are those of \`judgeMove\`.
 *
 * ARGV: id, peer id, to, epoch, bytes or '', rate, error as JSON or '', now, milliseconds to keep what has ended, message id of
 * the fact that it has ended.
 * Returns {'moved' | 'updated' | 'ignored', 1 when this ended the distribution else 0}.
 * One script, because of two moves at the same time exactly one must find that nothing is left.
 */
export const MOVE = script(`
${SETTLE}
local MOVES, REPEATABLE = ${MOVES}, ${set(REPEATABLE_ROWS)}
local id, peerId, to, epoch, bytes = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4]), ARGV[5]
local row = redis.call('HGET', ${ROWS}, peerId)
if not row or redis.call('HGET', ${DISTRIBUTION}, 'state') ~= 'running' then return {'ignored', 0} end
local from, rowEpoch, had, _, _, name = string.match(row, ${ROW_PATTERN})
rowEpoch = tonumber(rowEpoch)

local outcome = 'moved'
if epoch > rowEpoch then
  if not REPEATABLE[from] then return {'ignored', 0} end
  had = '0'
elseif epoch < rowEpoch then
  return {'ignored', 0}
elseif from == 'downloading' and to == 'downloading' then
  if bytes == '' or tonumber(bytes) < tonumber(had) then return {'ignored', 0} end
  outcome = 'updated'
elseif not MOVES[from][to] then
  return {'ignored', 0}
end

if bytes == '' then bytes = had end
redis.call('HSET', ${ROWS}, peerId, table.concat({to, ARGV[4], bytes, ARGV[6], ARGV[8], name, ARGV[7]}, '|'))
if outcome == 'updated' then return {outcome, 0} end
count(id, from, to)
redis.call(FINAL[to] and 'SREM' or 'SADD', ${luaKey('pending', 'peerId')}, id)

local counts = redis.call('HMGET', ${DISTRIBUTION}, 'targets', 'done', 'failed', 'cancelled')
for at = 1, 4 do counts[at] = tonumber(counts[at] or '0') end
if counts[2] + counts[3] + counts[4] < counts[1] then return {outcome, 0} end
local state = counts[3] > 0 and 'failed' or counts[4] > 0 and 'cancelled' or 'completed'
finish(id, state, ARGV[8], ARGV[9], ARGV[10])
return {outcome, 1}
`);

/**
 * Cancels every row that is not final and ends the distribution.
 *
 * ARGV: id, now, milliseconds to keep what has ended, message id of the fact that it has ended.
 * Returns {epoch, 1 when this ended it else 0, {peer id, state before, ...}}.
 * Blocks Redis for about 5 microseconds a target.
 */
export const CANCEL = script(`
${SETTLE}
local id = ARGV[1]
local state = redis.call('HMGET', ${DISTRIBUTION}, 'state', 'epoch')
if state[1] ~= 'running' then return {state[2] or '0', 0, {}} end
local epoch = string.format('%d', redis.call('HINCRBY', ${DISTRIBUTION}, 'epoch', 1))
local rows, cancelled = redis.call('HGETALL', ${ROWS}), {}
for at = 1, #rows, 2 do
  local peerId = rows[at]
  local from, rowEpoch, bytes, rate, _, name, error = string.match(rows[at + 1], ${ROW_PATTERN})
  if not FINAL[from] then
    local newest = tonumber(rowEpoch) > tonumber(epoch) and rowEpoch or epoch
    redis.call('HSET', ${ROWS}, peerId, table.concat({'cancelled', newest, bytes, '0', ARGV[2], name, error}, '|'))
    redis.call('SREM', ${luaKey('pending', 'peerId')}, id)
    count(id, from, 'cancelled')
    cancelled[#cancelled + 1] = peerId
    cancelled[#cancelled + 1] = from
  end
end
finish(id, 'cancelled', ARGV[2], ARGV[3], ARGV[4])
return {epoch, 1, cancelled}
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
 * Unsettled rows of one peer. ARGV: peer id, limit. Returns {id, {field, value, ...}, row} each.
 */
export const PENDING = script(`
local peerId, found = ARGV[1], {}
for _, id in ipairs(redis.call('SRANDMEMBER', ${luaKey('pending', 'peerId')}, ARGV[2])) do
  local fields, row = redis.call('HGETALL', ${DISTRIBUTION}), redis.call('HGET', ${ROWS}, peerId)
  if row then found[#found + 1] = {id, fields, row} else redis.call('SREM', ${luaKey('pending', 'peerId')}, id) end
end
return found
`);
