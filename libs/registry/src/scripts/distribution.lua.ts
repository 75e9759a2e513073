import { ROW_STATES } from '#contracts';
import { RETRY_DELAY_MAX, ROW_MOVES } from '../distribution-moves.js';
import { luaKey } from '../keys.js';
import { script } from '../script.js';
import {
  DISTRIBUTION,
  luaSet,
  QUEUE,
  RETRIES,
  ROW_FUNCTIONS,
  ROWS,
  UNSENT,
} from './distribution-rows.lua.js';

const MOVES = `{${ROW_STATES.map((state) => `${state}=${luaSet(ROW_MOVES[state])}`).join(', ')}}`;

/**
 * Makes a distribution with a row per target, unless its key or id made one before.
 *
 * ARGV: id, idempotency key, milliseconds to keep the key, now, facts as JSON, retries, first retry delay, deadline or '', then peer
 * id and name of each target in the order of their start.
 * Returns {1, id} or, for one that was made before, {0, its id}.
 * Blocks Redis for about 3 microseconds a target.
 */
export const CREATE = script(`
${ROW_FUNCTIONS}
local id, now = ARGV[1], ARGV[4]
local before = redis.call('GET', ${luaKey('idempotency', 'ARGV[2]')})
if not before and redis.call('EXISTS', ${DISTRIBUTION}) == 1 then before = id end
if before then return {0, before} end
redis.call('SET', ${luaKey('idempotency', 'ARGV[2]')}, id, 'PX', ARGV[3])
local rows, queue = {}, {}
for at = 9, #ARGV, 2 do
  local rank = string.format('%d', (at - 9) / 2)
  rows[#rows + 1] = ARGV[at]
  rows[#rows + 1] = 'waiting|0|0|'..rank..'|0|0|'..now..'|||'..ARGV[at + 1]..'|'
  queue[#queue + 1] = rank
  queue[#queue + 1] = ARGV[at]
  redis.call('SADD', ${luaKey('pending', 'ARGV[at]')}, id)
end
many('HSET', ${ROWS}, rows)
many('ZADD', ${QUEUE}, queue)
local targets = (#ARGV - 8) / 2
redis.call('HSET', ${DISTRIBUTION},
  'key', ARGV[2], 'facts', ARGV[5], 'state', 'running', 'revision', 0, 'round', 0, 'createdAt', now, 'retrying', 0,
  'retries', ARGV[6], 'retryDelay', ARGV[7], 'targets', targets, 'waiting', targets)
if ARGV[8] ~= '' then redis.call('HSET', ${DISTRIBUTION}, 'deadline', ARGV[8]) end
redis.call('ZADD', ${luaKey('distributions')}, now, id)
return {1, id}
`);

/**
 * Moves one row and, when that settles the last one, ends the distribution. The rules are those of \`judgeMove\`.
 *
 * ARGV: id, peer id, to, epoch, bytes or '', rate, error as JSON or '', now, milliseconds to keep what has ended, '1' when a failure may pass, milliseconds of the download or '', bytes from the same label, other
 * peers and storage, bytes a second of the whole download.
 * Returns {'moved' | 'updated' | 'ignored', moment of the next try or '', {field, value, ...} of the distribution unless 'updated'}.
 * One script, because of two moves at the same time exactly one must find that nothing is left.
 */
export const MOVE = script(`
${ROW_FUNCTIONS}
local MOVES = ${MOVES}
local id, peerId, to, bytes, now = ARGV[1], ARGV[2], ARGV[3], ARGV[5], ARGV[8]
local field = redis.call('HGET', ${ROWS}, peerId)
local row = field and readRow(field)
local from = row and row.state
local isOurs = row and tonumber(ARGV[4]) == tonumber(row.epoch)
if bytes ~= '' and isOurs and from == 'downloading' and to == 'downloading' and tonumber(bytes) >= tonumber(row.bytes)
    and redis.call('HGET', ${DISTRIBUTION}, 'state') == 'running' then
  row.bytes, row.rate, row.updatedAt = bytes, ARGV[6], now
  redis.call('HSET', ${ROWS}, peerId, rowField(row))
  return {'updated', '', {}}
end

local it = readDistribution(id)
if not isOurs or it.state ~= 'running' or not MOVES[from][to] then return {'ignored', '', pairsOf(it)} end
if bytes ~= '' then row.bytes = bytes end
row.rate, row.updatedAt = ARGV[6], now
row.state, row.error, row.milliseconds = to, ARGV[7], ARGV[11]
if from == 'waiting' then
  redis.call('ZREM', ${QUEUE}, peerId)
  if redis.call('ZREM', ${RETRIES}, peerId) == 1 then add(it, 'retrying', -1) end
end
if not it.firstNewsAt and (to == 'downloading' or to == 'done') then set(it, 'firstNewsAt', now) end

local retryAt
local tries = tonumber(row.tries)
if to == 'failed' and ARGV[10] == '1' and tries < tonumber(it.retries) then
  local first = tonumber(it.retryDelay)
  retryAt = string.format('%d', tonumber(now) + math.min(first * 2 ^ tries, math.max(first, ${RETRY_DELAY_MAX})))
  row.state, row.epoch = 'waiting', string.format('%d', tonumber(row.epoch) + 1)
  row.tries, row.rate = string.format('%d', tries + 1), '0'
  redis.call('ZADD', ${RETRIES}, retryAt, peerId)
  add(it, 'retrying', 1)
end
redis.call('HSET', ${ROWS}, peerId, rowField(row))
count(it, from, row.state)
if to == 'done' then
  set(it, 'lastDoneAt', now)
  if tonumber(ARGV[15]) > tonumber(it.bestRate or '0') then set(it, 'bestRate', ARGV[15]) end
  for at, kind in ipairs({'fromSame', 'fromOther', 'fromStorage'}) do
    if ARGV[11 + at] ~= '0' then add(it, kind, tonumber(ARGV[11 + at])) end
  end
end
if FINAL[row.state] then
  redis.call('SREM', ${luaKey('pending', 'peerId')}, id)
  redis.call('ZREM', ${UNSENT}, peerId)
  settleIfDone(id, it, now, ARGV[9])
end
write(id, it)
return {'moved', retryAt or '', pairsOf(it)}
`);
