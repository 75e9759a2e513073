import { END_MESSAGE } from '../distribution-end.js';
import { BUSY_ROWS, FINAL_ROWS } from '../distribution-moves.js';
import { luaKey } from '../keys.js';

export const DISTRIBUTION = luaKey('distribution', 'id');
export const ROWS = luaKey('rows', 'id');
/** Targets that wait for their turn, by rank. */
export const QUEUE = luaKey('queue', 'id');
/** Targets that wait to try again, by the moment. */
export const RETRIES = luaKey('retries', 'id');
/** Claimed targets whose command nobody has confirmed, by the moment of the claim. */
export const UNSENT = luaKey('unsent', 'id');
/** Targets that must be told to stop. */
export const STOPPING = luaKey('stopping', 'id');

/** The parts of a row's field, in order. Only an error may have a `|`: it comes last. */
export const ROW_PARTS = [
  'state',
  'epoch',
  'tries',
  'rank',
  'bytes',
  'rate',
  'updatedAt',
  'commandedAt',
  'milliseconds',
  'name',
  'error',
] as const;

export const luaSet = (words: readonly string[]): string =>
  `{${words.map((word) => `${word}=1`).join(', ')}}`;
const PATTERN = `'^${ROW_PARTS.slice(1)
  .map(() => '([^|]*)|')
  .join('')}(.*)$'`;

/** Values handed to one command; Lua can hand over about 8,000. Even, so that pairs stay together. */
const BATCH = 1_000;

/**
 * Lua functions for scripts that change rows. What is asked of Redis for a row costs more than the rest of a script, so a
 * distribution is read once and written once, and many rows go into one command.
 *
 * - `readRow(field)` -> table with ROW_PARTS, all strings; `rowField(row)` -> field
 * - `fieldsOf(id, peerIds)` -> fields in the same order, false for one that is not a row
 * - `many(command, key, items)`: the command with all of these, -> sum of its answers
 * - `readDistribution(id)` -> table of its fields, all strings, empty when there is none; `pairsOf(it)` -> {field, value, ...}
 * - `set(it, field, value)`, `add(it, field, by)`, `count(it, from, to)` (one row changed its state): change that table;
 *   `write(id, it)` puts what changed into Redis
 * - `settleIfDone(id, it, now, retention)` -> whether the last row is final now: then the distribution has ended, and the
 *   fact goes to the outbox in this same step
 * - `finish(id, it, state, now, retention)`; `endMessage(id, round)` -> message id of that fact, as `endMessageId` has it
 */
export const ROW_FUNCTIONS = `
local FINAL, BUSY = ${luaSet(FINAL_ROWS)}, ${luaSet(BUSY_ROWS)}

local function readRow(field)
  local row = {}
  ${ROW_PARTS.map((part) => `row.${part}`).join(', ')} = string.match(field, ${PATTERN})
  return row
end

local function rowField(row)
  return table.concat({${ROW_PARTS.map((part) => `row.${part}`).join(', ')}}, '|')
end

local function many(command, key, items)
  local sum = 0
  for first = 1, #items, ${BATCH} do
    sum = sum + redis.call(command, key, unpack(items, first, math.min(#items, first + ${BATCH - 1})))
  end
  return sum
end

local function fieldsOf(id, peerIds)
  local fields = {}
  for first = 1, #peerIds, ${BATCH} do
    local part = redis.call('HMGET', ${ROWS}, unpack(peerIds, first, math.min(#peerIds, first + ${BATCH - 1})))
    for at = 1, #part do fields[first + at - 1] = part[at] end
  end
  return fields
end

local function readDistribution(id)
  local it, found = {}, redis.call('HGETALL', ${DISTRIBUTION})
  for at = 1, #found, 2 do it[found[at]] = found[at + 1] end
  return it
end

local function pairsOf(it)
  local all = {}
  for field, value in pairs(it) do
    all[#all + 1] = field
    all[#all + 1] = value
  end
  return all
end

local changed = {}
local function set(it, field, value)
  it[field] = value
  changed[field] = true
end

local function add(it, field, by)
  set(it, field, string.format('%d', tonumber(it[field] or '0') + by))
end

local function count(it, from, to)
  if from ~= to then
    add(it, from, -1)
    add(it, to, 1)
  end
  add(it, 'revision', 1)
end

local function write(id, it)
  local all = {}
  for field in pairs(changed) do
    all[#all + 1] = field
    all[#all + 1] = it[field]
  end
  if #all > 0 then redis.call('HSET', ${DISTRIBUTION}, unpack(all)) end
  changed = {}
end

local function endMessage(id, round)
  return '${END_MESSAGE}'..id..(round == '0' and '' or '/'..round)
end

local function finish(id, it, state, now, retention)
  set(it, 'state', state)
  set(it, 'finishedAt', now)
  redis.call('ZADD', ${luaKey('outbox')}, now, endMessage(id, it.round))
  redis.call('DEL', ${QUEUE}, ${RETRIES}, ${UNSENT})
  for _, key in ipairs({${DISTRIBUTION}, ${ROWS}, ${STOPPING}}) do redis.call('PEXPIRE', key, retention) end
end

local function settleIfDone(id, it, now, retention)
  local function of(field) return tonumber(it[field] or '0') end
  local failed, cancelled = of('failed'), of('cancelled')
  if of('done') + failed + cancelled < of('targets') then return false end
  finish(id, it, failed > 0 and 'failed' or cancelled > 0 and 'cancelled' or 'completed', now, retention)
  return true
end
`;
