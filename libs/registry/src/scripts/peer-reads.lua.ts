import { luaKey } from '../keys.js';
import { script } from '../script.js';
import { READ_PEERS } from './peer.lua.js';
import { SHUFFLE } from './shuffle.lua.js';

/** ARGV: peer ids. Returns those that are here, in order, as `{peer id, {fields}}`. */
export const FIND_PEERS = script(`
${READ_PEERS}
return readPeers(ARGV)
`);

/** ARGV: peer names. Returns the newest peer under each, as FIND_PEERS does. */
export const FIND_PEERS_BY_NAME = script(`
${READ_PEERS}
local peerIds = {}
for _, name in ipairs(ARGV) do
  peerIds[#peerIds + 1] = redis.call('ZREVRANGE', ${luaKey('peerName', 'name')}, 0, 0)[1]
end
return readPeers(peerIds)
`);

/**
 * Live peers at random. SRANDMEMBER with a positive count returns distinct members, so asking for the excluded ones on top
 * is always enough.
 *
 * ARGV: how many, random seed, excluded peer ids. Returns as FIND_PEERS does.
 */
export const SAMPLE_LIVE = script(`
${READ_PEERS}
${SHUFFLE}
local excluded, wanted = {}, tonumber(ARGV[1])
for at = 3, #ARGV do excluded[ARGV[at]] = true end
local candidates = redis.call('SRANDMEMBER', ${luaKey('live')}, wanted + #ARGV - 2)
local peerIds = {}
for _, inventory in ipairs(shuffle(candidates, ARGV[2])) do
  local peerId = redis.call('HGET', ${luaKey('owners')}, inventory)
  if #peerIds < wanted and peerId and not excluded[peerId] then peerIds[#peerIds + 1] = peerId end
end
return readPeers(peerIds)
`);

/** A page of all peers by id. ARGV: lower bound as ZRANGEBYLEX takes it, limit. Returns as FIND_PEERS does. */
export const LIST_PEERS = script(`
${READ_PEERS}
return readPeers(redis.call('ZRANGEBYLEX', ${luaKey('peers')}, ARGV[1], '+', 'LIMIT', 0, ARGV[2]))
`);

/** Peers last heard of before a moment, oldest first. ARGV: moment, limit. Returns as FIND_PEERS does. */
export const LAPSED_PEERS = script(`
${READ_PEERS}
return readPeers(redis.call('ZRANGEBYSCORE', ${luaKey('leases')}, '-inf', '('..ARGV[1], 'LIMIT', 0, ARGV[2]))
`);

/**
 * Takes peers off the roster that have not been here since a moment, unless they are here now. ARGV: that moment, then peer ids.
 * Returns nothing.
 */
export const FORGET_PEERS = script(`
for at = 2, #ARGV do
  local peerId = ARGV[at]
  local seenAt = string.match(redis.call('HGET', ${luaKey('roster')}, peerId) or '', '^(%d+)|')
  local isHere = redis.call('EXISTS', ${luaKey('peer', 'peerId')}) == 1
  if seenAt and tonumber(seenAt) < tonumber(ARGV[1]) and not isHere then redis.call('HDEL', ${luaKey('roster')}, peerId) end
end
`);
