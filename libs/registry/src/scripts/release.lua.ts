import { luaKey } from '../keys.js';
import { script } from '../script.js';
import { INVENTORY_FUNCTIONS, ORDER_FUNCTIONS } from './holdings.lua.js';

/** Holders looked at to find another copy; bounds one call on a file that everybody has. */
const LOOKED_AT = 1_000;
const RETRACTED = luaKey('retracted', 'peerId');
const COVERED = luaKey('scratch', "'covered'");
const WANTED = luaKey('scratch', "'wanted'");

/**
 * A peer asks to give up placed chunks of one file. Granted when every one of them has another holder that is live and
 * offers storage; then it is a retraction of the file, in the same step.
 *
 * ARGV: peer id, incarnation, sequence, retractions kept, then FILE_ARGUMENTS of the chunks.
 * Returns {HolderOutcome, 1 when granted else 0}. A repeated request is granted again.
 */
export const RELEASE = script(`
${INVENTORY_FUNCTIONS}
${ORDER_FUNCTIONS}
local peerId, sequence, fileId, chunks, offset = ARGV[1], tonumber(ARGV[3]), ARGV[5], ARGV[6], ARGV[7]
local outcome, inventory, _, forgotten = place(peerId, ARGV[2], sequence)
if outcome then return {outcome, 0} end
if not newerThanRetraction(peerId, fileId, sequence) then
  return {'ignored', redis.call('HGET', ${RETRACTED}, fileId) == ARGV[3] and 1 or 0}
end

local function others(key)
  local found = {}
  for _, other in ipairs(redis.call('SRANDMEMBER', key, ${LOOKED_AT})) do
    if other ~= inventory and redis.call('SISMEMBER', ${luaKey('live')}, other) == 1 then
      local owner = redis.call('HGET', ${luaKey('owners')}, other)
      local storage = owner and redis.call('HGET', ${luaKey('peer', 'owner')}, 'storage')
      local held = redis.call('HGET', ${luaKey('inventory', 'other')}, fileId)
      local total = held and string.match(held, '/(%d+)$')
      if storage and storage ~= '' and total == chunks then found[#found + 1] = other end
    end
  end
  return found
end

local granted = #others(${luaKey('full', 'fileId')}) > 0
if not granted then
  for _, other in ipairs(others(${luaKey('part', 'fileId')})) do
    redis.call('BITOP', 'OR', ${COVERED}, ${COVERED}, ${luaKey('bits', 'other', 'fileId')})
  end
  if offset == '-1' then
    granted = redis.call('BITCOUNT', ${COVERED}) == tonumber(chunks)
  else
    redis.call('SET', ${WANTED}, string.rep('\\0', tonumber(offset))..ARGV[8])
    local wanted = redis.call('BITCOUNT', ${WANTED})
    redis.call('BITOP', 'AND', ${COVERED}, ${COVERED}, ${WANTED})
    granted = redis.call('BITCOUNT', ${COVERED}) == wanted
  end
  redis.call('DEL', ${COVERED}, ${WANTED})
end
if not granted then return {'applied', 0} end

local lost = false
redis.call('HSET', ${RETRACTED}, fileId, ARGV[3])
if remove(inventory, fileId) then
  replay(peerId, inventory, ARGV[3], fileId)
  lost = forgotten > sequence
end
foldRetractions(peerId, ARGV[3], tonumber(ARGV[4]))
return {lost and 'report-needed' or 'applied', 1}
`);
