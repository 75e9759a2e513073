import { luaKey } from '../keys.js';
import { PEER_FIELDS } from '../peer-fields.js';

/** The record's fields as Lua arguments. */
export const FIELDS = PEER_FIELDS.map((field) => `'${field}'`).join(', ');

/**
 * Lua functions about a peer's hash, for the scripts that change it.
 *
 * - `startInventory(peerId)` -> number of a new, empty inventory, as a string
 * - `refreshLive(peer)`: puts its inventory into the live ones, or takes it out
 * - `dropStage(peerId)`: forgets a report that has not come in whole
 * - `forgetOrder(peerId)`: forgets all that orders a peer's messages; the next incarnation counts anew
 */
export const PEER_FUNCTIONS = `
local function startInventory(peerId)
  local inventory = string.format('%d', redis.call('INCR', ${luaKey('inventories')}))
  redis.call('HSET', ${luaKey('owners')}, inventory, peerId)
  return inventory
end

local function refreshLive(peer)
  local state = redis.call('HMGET', peer, 'inventory', 'reachable', 'serving')
  local change = (state[2] == '1' and state[3] == '1') and 'SADD' or 'SREM'
  redis.call(change, ${luaKey('live')}, state[1])
end

local function dropStage(peerId)
  local peer = ${luaKey('peer', 'peerId')}
  local staged = redis.call('HGET', peer, 'stageInventory')
  if staged and staged ~= '' then redis.call('RPUSH', ${luaKey('garbage')}, staged) end
  redis.call('HDEL', peer, 'stageSequence', 'stageInventory', 'stageParts', 'stageMissing')
  redis.call('ZREM', ${luaKey('stages')}, peerId)
end

local function forgetOrder(peerId)
  dropStage(peerId)
  redis.call('DEL', ${luaKey('retracted', 'peerId')}, ${luaKey('journal', 'peerId')})
  redis.call('HDEL', ${luaKey('peer', 'peerId')}, 'reported', 'folded', 'forgotten', 'leaseSequence')
end
`;

/**
 * Lua function `readPeers(peerIds)` -> list of `{peer id, {fields}}`, without those that are not here.
 */
export const READ_PEERS = `
local function readPeers(peerIds)
  local found = {}
  for _, peerId in ipairs(peerIds) do
    local fields = redis.call('HMGET', ${luaKey('peer', 'peerId')}, ${FIELDS})
    if fields[1] then found[#found + 1] = {peerId, fields} end
  end
  return found
end
`;
