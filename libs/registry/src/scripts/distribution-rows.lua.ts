import { ROW_STATES } from '#contracts';
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

/**
 * Lua functions for scripts that change rows.
 *
 * - `readRow(field)` -> table with ROW_PARTS, all strings; `rowField(row)` -> field
 * - `count(id, from, to)`: one row changed its state
 * - `settleIfDone(id, now, retention)` -> whether the last row is final now: then the distribution has ended, and the
 *   fact goes to the outbox in this same step
 * - `finish(id, state, now, retention)`; `endMessage(id)` -> message id of that fact, as `endMessageId` has it
 */
export const ROW_FUNCTIONS = `
local FINAL, BUSY = ${luaSet(FINAL_ROWS)}, ${luaSet(BUSY_ROWS)}
local STATES = {${ROW_STATES.map((state) => `'${state}'`).join(', ')}}

local function readRow(field)
  local row = {}
  ${ROW_PARTS.map((part) => `row.${part}`).join(', ')} = string.match(field, ${PATTERN})
  return row
end

local function rowField(row)
  return table.concat({${ROW_PARTS.map((part) => `row.${part}`).join(', ')}}, '|')
end

local function count(id, from, to)
  if from ~= to then
    redis.call('HINCRBY', ${DISTRIBUTION}, from, -1)
    redis.call('HINCRBY', ${DISTRIBUTION}, to, 1)
  end
  redis.call('HINCRBY', ${DISTRIBUTION}, 'revision', 1)
end

local function endMessage(id)
  local round = redis.call('HGET', ${DISTRIBUTION}, 'round')
  return '${END_MESSAGE}'..id..(round == '0' and '' or '/'..round)
end

local function finish(id, state, now, retention)
  redis.call('HSET', ${DISTRIBUTION}, 'state', state, 'finishedAt', now)
  redis.call('ZADD', ${luaKey('outbox')}, now, endMessage(id))
  redis.call('DEL', ${QUEUE}, ${RETRIES}, ${UNSENT})
  for _, key in ipairs({${DISTRIBUTION}, ${ROWS}, ${STOPPING}}) do redis.call('PEXPIRE', key, retention) end
end

local function settleIfDone(id, now, retention)
  local counts = redis.call('HMGET', ${DISTRIBUTION}, 'targets', 'done', 'failed', 'cancelled')
  for at = 1, 4 do counts[at] = tonumber(counts[at] or '0') end
  if counts[2] + counts[3] + counts[4] < counts[1] then return false end
  finish(id, counts[3] > 0 and 'failed' or counts[4] > 0 and 'cancelled' or 'completed', now, retention)
  return true
end
`;
