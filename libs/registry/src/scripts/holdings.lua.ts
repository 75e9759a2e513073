import { luaKey } from '../keys.js';

const SHELF = luaKey('inventory', 'inventory');
const BITS = luaKey('bits', 'inventory', 'fileId');
const PEER = luaKey('peer', 'peerId');
const JOURNAL = luaKey('journal', 'peerId');
const RETRACTED = luaKey('retracted', 'peerId');
const SCRATCH = luaKey('scratch');

/** Arguments for one file in a script: file id, chunks, offset of the patch in bytes (-1: all chunks), patch. */
export const FILE_ARGUMENTS = 4;

/**
 * Lua functions that change an inventory.
 *
 * - `add(inventory, fileId, chunks, offset, patch)`: these chunks are held too. `chunks` and `offset` are strings; `patch` is
 *   a part of a bitmap that begins `offset` bytes into it. A file that is held whole has no bitmap. A peer that contradicts
 *   its own number of chunks is not believed.
 * - `remove(inventory, fileId)` -> whether any of it was held
 */
export const INVENTORY_FUNCTIONS = `
local function add(inventory, fileId, chunks, offset, patch)
  local shelf, bits = ${SHELF}, ${BITS}
  local known = redis.call('HGET', shelf, fileId)
  local held = chunks
  if known then
    local count, total = string.match(known, '^(%d+)/(%d+)$')
    if total ~= chunks or count == total then return end
  end
  if offset ~= '-1' then
    redis.call('SET', ${SCRATCH}, string.rep('\\0', tonumber(offset))..patch)
    redis.call('BITOP', 'OR', bits, bits, ${SCRATCH})
    redis.call('DEL', ${SCRATCH})
    held = string.format('%d', redis.call('BITCOUNT', bits))
  end
  redis.call('HSET', shelf, fileId, held..'/'..chunks)
  if held == chunks then
    if known or offset ~= '-1' then redis.call('DEL', bits) end
    if known then redis.call('SREM', ${luaKey('part', 'fileId')}, inventory) end
    redis.call('SADD', ${luaKey('full', 'fileId')}, inventory)
  elseif not known then
    redis.call('SADD', ${luaKey('part', 'fileId')}, inventory)
  end
end

local function remove(inventory, fileId)
  if redis.call('HDEL', ${SHELF}, fileId) == 0 then return false end
  redis.call('SREM', ${luaKey('full', 'fileId')}, inventory)
  redis.call('SREM', ${luaKey('part', 'fileId')}, inventory)
  redis.call('DEL', ${BITS})
  return true
end
`;

/**
 * Lua functions that put a peer's messages in order (see NOTES.md for the rules and why they hold).
 *
 * - `place(peerId, incarnation, sequence)` -> outcome or nil, inventory, folded, forgotten
 * - `newerThanRetraction(peerId, fileId, sequence)`
 * - `raise(peerId, field, sequence)`: sets a floor that only rises
 * - `replay(peerId, inventory, after, only)`: applies journalled acknowledgements newer than `after` again, of one file or
 *   (`only` = nil) of all
 * - `foldRetractions(peerId, sequence, most)`: forgets single retractions when there are more than `most`
 */
export const ORDER_FUNCTIONS = `
local function place(peerId, incarnation, sequence)
  local state = redis.call('HMGET', ${PEER}, 'incarnation', 'inventory', 'reported', 'folded', 'forgotten')
  if not state[1] then return 'unknown-peer' end
  local known, given = tonumber(state[1]), tonumber(incarnation)
  if given > known then return 'unknown-peer' end
  if given < known or sequence <= tonumber(state[3] or '-1') then return 'ignored' end
  return nil, state[2], tonumber(state[4] or '-1'), tonumber(state[5] or '-1')
end

local function newerThanRetraction(peerId, fileId, sequence)
  local floor = redis.call('HGET', ${RETRACTED}, fileId)
  return not floor or sequence > tonumber(floor)
end

local function raise(peerId, field, sequence)
  local before = redis.call('HGET', ${PEER}, field)
  if not before or tonumber(sequence) > tonumber(before) then redis.call('HSET', ${PEER}, field, sequence) end
end

local function replay(peerId, inventory, after, only)
  for _, packed in ipairs(redis.call('ZRANGEBYSCORE', ${JOURNAL}, '('..after, '+inf')) do
    local entry = cmsgpack.unpack(packed)
    for at = 2, #entry, ${FILE_ARGUMENTS} do
      local fileId = entry[at]
      if (not only or fileId == only) and newerThanRetraction(peerId, fileId, tonumber(entry[1])) then
        add(inventory, fileId, entry[at + 1], entry[at + 2], entry[at + 3])
      end
    end
  end
end

local function foldRetractions(peerId, sequence, most)
  if redis.call('HLEN', ${RETRACTED}) <= most then return end
  local newest = sequence
  for _, other in ipairs(redis.call('HVALS', ${RETRACTED})) do
    if tonumber(other) > tonumber(newest) then newest = other end
  end
  redis.call('DEL', ${RETRACTED})
  redis.call('ZREMRANGEBYSCORE', ${JOURNAL}, '-inf', newest)
  raise(peerId, 'folded', newest)
  raise(peerId, 'forgotten', newest)
end
`;
