import { luaKey } from '../keys.js';
import { script } from '../script.js';
import { FILE_ARGUMENTS, INVENTORY_FUNCTIONS, ORDER_FUNCTIONS } from './holdings.lua.js';
import { PEER_FUNCTIONS } from './peer.lua.js';

const PEER = luaKey('peer', 'peerId');
const JOURNAL = luaKey('journal', 'peerId');
const RETRACTED = luaKey('retracted', 'peerId');

/**
 * Chunks that a peer has verified and written.
 *
 * ARGV: peer id, incarnation, sequence, journal entries kept, bytes of one entry at most, then FILE_ARGUMENTS per file.
 * Returns a HolderOutcome.
 */
export const ACKNOWLEDGE = script(`
${INVENTORY_FUNCTIONS}
${ORDER_FUNCTIONS}
local peerId, sequence = ARGV[1], tonumber(ARGV[3])
local outcome, inventory, folded = place(peerId, ARGV[2], sequence)
if outcome then return outcome end
if sequence <= folded then return 'report-needed' end

outcome = 'ignored'
local entry = {ARGV[3]}
for at = 6, #ARGV, ${FILE_ARGUMENTS} do
  for part = at, at + ${FILE_ARGUMENTS - 1} do entry[#entry + 1] = ARGV[part] end
  if newerThanRetraction(peerId, ARGV[at], sequence) then
    add(inventory, ARGV[at], ARGV[at + 1], ARGV[at + 2], ARGV[at + 3])
    outcome = 'applied'
  end
end
if outcome == 'ignored' then return outcome end

local packed = cmsgpack.pack(entry)
if #packed > tonumber(ARGV[5]) then
  raise(peerId, 'forgotten', ARGV[3])
  return outcome
end
redis.call('ZADD', ${JOURNAL}, ARGV[3], packed)
if redis.call('ZCARD', ${JOURNAL}) > tonumber(ARGV[4]) then
  raise(peerId, 'forgotten', redis.call('ZPOPMIN', ${JOURNAL})[2])
end
return outcome
`);

/**
 * Files that a peer holds no more.
 *
 * ARGV: peer id, incarnation, sequence, retractions kept, then file ids.
 * Returns a HolderOutcome; with 'report-needed' the files are out all the same.
 */
export const RETRACT = script(`
${INVENTORY_FUNCTIONS}
${ORDER_FUNCTIONS}
local peerId, sequence = ARGV[1], tonumber(ARGV[3])
local outcome, inventory, _, forgotten = place(peerId, ARGV[2], sequence)
if outcome then return outcome end

outcome = 'ignored'
local lost = false
for at = 5, #ARGV do
  local fileId = ARGV[at]
  if newerThanRetraction(peerId, fileId, sequence) then
    outcome = 'applied'
    redis.call('HSET', ${RETRACTED}, fileId, ARGV[3])
    if remove(inventory, fileId) then
      replay(peerId, inventory, ARGV[3], fileId)
      lost = lost or forgotten > sequence
    end
  end
end

foldRetractions(peerId, ARGV[3], tonumber(ARGV[4]))
return lost and 'report-needed' or outcome
`);

/**
 * One part of everything that a peer holds. Parts fill an inventory of their own; the last missing one makes it the
 * current one in one step, and what is newer than the report is applied to it again.
 *
 * ARGV: peer id, incarnation, sequence, part (0-based), parts, now, then FILE_ARGUMENTS per file.
 * Returns a HolderOutcome.
 */
export const REPORT = script(`
${INVENTORY_FUNCTIONS}
${ORDER_FUNCTIONS}
${PEER_FUNCTIONS}
local peerId, sequence, parts = ARGV[1], tonumber(ARGV[3]), ARGV[5]
local peer = ${PEER}
local outcome, inventory, _, forgotten = place(peerId, ARGV[2], sequence)
if outcome then return outcome end

local stage = redis.call('HMGET', peer, 'stageSequence', 'stageInventory', 'stageParts')
local newest = tonumber(stage[1] or '-1')
if sequence < newest then return 'ignored' end
local begun = sequence == newest
if sequence < forgotten or (begun and (stage[2] == '' or stage[3] ~= parts)) then
  dropStage(peerId)
  redis.call('HSET', peer, 'stageSequence', ARGV[3], 'stageInventory', '')
  return 'report-needed'
end
local staged = stage[2]
if not begun then
  dropStage(peerId)
  staged = startInventory(peerId)
  redis.call('HSET', peer,
    'stageSequence', ARGV[3], 'stageInventory', staged, 'stageParts', parts, 'stageMissing', parts)
  redis.call('ZADD', ${luaKey('stages')}, ARGV[6], peerId)
end
if redis.call('SETBIT', ${luaKey('parts', 'staged')}, ARGV[4], 1) == 1 then return 'ignored' end
for at = 7, #ARGV, ${FILE_ARGUMENTS} do
  add(staged, ARGV[at], ARGV[at + 1], ARGV[at + 2], ARGV[at + 3])
end
if redis.call('HINCRBY', peer, 'stageMissing', -1) > 0 then return 'applied' end

redis.call('HSET', peer, 'inventory', staged, 'reported', ARGV[3], 'stageInventory', '')
dropStage(peerId)
redis.call('DEL', ${luaKey('parts', 'staged')})
redis.call('SREM', ${luaKey('live')}, inventory)
refreshLive(peer)
redis.call('RPUSH', ${luaKey('garbage')}, inventory)
local retractions = redis.call('HGETALL', ${RETRACTED})
for at = 1, #retractions, 2 do
  if tonumber(retractions[at + 1]) < sequence then
    redis.call('HDEL', ${RETRACTED}, retractions[at])
  else
    remove(staged, retractions[at])
  end
end
redis.call('ZREMRANGEBYSCORE', ${JOURNAL}, '-inf', ARGV[3])
replay(peerId, staged, ARGV[3], nil)
return 'applied'
`);

/**
 * Takes apart what no longer counts, a little at a time: gives up one report that has been incomplete for too long, and
 * removes some files of one inventory in the garbage.
 *
 * ARGV: moment before which an unfinished report is given up, files at most.
 * Returns how many inventories still wait.
 */
export const SWEEP = script(`
${INVENTORY_FUNCTIONS}
local peerId = redis.call('ZRANGEBYSCORE', ${luaKey('stages')}, '-inf', '('..ARGV[1], 'LIMIT', 0, 1)[1]
if peerId then
  redis.call('RPUSH', ${luaKey('garbage')}, redis.call('HGET', ${PEER}, 'stageInventory'))
  redis.call('HSET', ${PEER}, 'stageInventory', '')
  redis.call('ZREM', ${luaKey('stages')}, peerId)
end
local inventory = redis.call('LINDEX', ${luaKey('garbage')}, 0)
if not inventory then return 0 end
local shelf = ${luaKey('inventory', 'inventory')}
for _, fileId in ipairs(redis.call('HRANDFIELD', shelf, ARGV[2])) do remove(inventory, fileId) end
if redis.call('EXISTS', shelf) == 0 then
  redis.call('LPOP', ${luaKey('garbage')})
  redis.call('HDEL', ${luaKey('owners')}, inventory)
  redis.call('DEL', ${luaKey('parts', 'inventory')})
end
return redis.call('LLEN', ${luaKey('garbage')})
`);
