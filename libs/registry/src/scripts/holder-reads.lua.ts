import { luaKey } from '../keys.js';
import { script } from '../script.js';
import { FIELDS } from './peer.lua.js';
import { SHUFFLE } from './shuffle.lua.js';

/** Holders looked at in a first and, when those are not enough, a last round; bounds one call on a file that all have. */
const ROUNDS = [256, 10_000];
/** Lua can hand at most about 8,000 values to one command. */
const BATCH = 1_000;

/**
 * Live holders of a file at random, half of them complete ones where there are enough of both.
 *
 * ARGV: file id, limit, random seed, chunk that they must have or '', excluded peer ids.
 * Returns a list of `{peer id, {record fields}, 'held/chunks', bitmap or ''}`; the bitmap may end early.
 */
export const HOLDERS = script(`
${SHUFFLE}
local fileId, limit, chunk = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[4])
local excluded = {}
for at = 5, #ARGV do excluded[ARGV[at]] = true end

local function describe(inventory, peerId)
  local held = redis.call('HGET', ${luaKey('inventory', 'inventory')}, fileId)
  if not peerId or not held or excluded[peerId] then return nil end
  local count, total = string.match(held, '^(%d+)/(%d+)$')
  local bits = ${luaKey('bits', 'inventory', 'fileId')}
  if chunk and chunk >= tonumber(total) then return nil end
  if chunk and count ~= total and redis.call('GETBIT', bits, chunk) == 0 then return nil end
  local fields = redis.call('HMGET', ${luaKey('peer', 'peerId')}, ${FIELDS})
  return {peerId, fields, held, count ~= total and redis.call('GET', bits) or ''}
end

local function pick(key)
  local found, seen = {}, {}
  for _, most in ipairs({${ROUNDS.join(', ')}}) do
    local candidates = shuffle(redis.call('SRANDMEMBER', key, most), ARGV[3])
    for first = 1, #candidates, ${BATCH} do
      local batch = {unpack(candidates, first, math.min(#candidates, first + ${BATCH - 1}))}
      local alive = redis.call('SMISMEMBER', ${luaKey('live')}, unpack(batch))
      local fresh = {}
      for at, inventory in ipairs(batch) do
        if alive[at] == 1 and not seen[inventory] then
          seen[inventory] = true
          fresh[#fresh + 1] = inventory
        end
      end
      for next = 1, #fresh, limit do
        local some = {unpack(fresh, next, math.min(#fresh, next + limit - 1))}
        local peerIds = redis.call('HMGET', ${luaKey('owners')}, unpack(some))
        for at, inventory in ipairs(some) do
          if #found == limit then return found end
          found[#found + 1] = describe(inventory, peerIds[at])
        end
      end
    end
    if #candidates < most then return found end
  end
  return found
end

local complete, partial = pick(${luaKey('full', 'fileId')}), pick(${luaKey('part', 'fileId')})
local share = math.min(#complete, math.max(math.ceil(limit / 2), limit - #partial))
local picked = {}
for at = 1, share do picked[at] = complete[at] end
for at = 1, math.min(#partial, limit - share) do picked[#picked + 1] = partial[at] end
return picked
`);

/** What Redis knows of a peer's holdings. ARGV: peer id. Returns `file id, 'held/chunks', ...`. */
export const HELD = script(`
local inventory = redis.call('HGET', ${luaKey('peer', 'ARGV[1]')}, 'inventory')
if not inventory then return {} end
return redis.call('HGETALL', ${luaKey('inventory', 'inventory')})
`);

/** Files of which each peer holds something. ARGV: peer ids. Returns a number for each; 0 for one that is not here. */
export const FILE_COUNTS = script(`
local counts = {}
for at, peerId in ipairs(ARGV) do
  local inventory = redis.call('HGET', ${luaKey('peer', 'peerId')}, 'inventory')
  counts[at] = inventory and redis.call('HLEN', ${luaKey('inventory', 'inventory')}) or 0
end
return counts
`);
