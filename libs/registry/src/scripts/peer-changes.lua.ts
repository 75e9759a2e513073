import { luaKey } from '../keys.js';
import { script } from '../script.js';
import { FIELDS, PEER_FUNCTIONS } from './peer.lua.js';

const PEER = luaKey('peer', 'peerId');

/**
 * A peer enters, or comes back under a newer incarnation. Holdings stay until its first report replaces them, so that a
 * reconnect of everybody does not leave every file without holders.
 *
 * ARGV: peer id, the record's fields in order.
 * Returns {'joined'} | {'replaced', {fields before}} | {'repeated'} | {'stale', newest incarnation}. A repeated join says
 * where the peer is now: its engine may have come back on another port.
 * One script, because two anchors may take two joins of one peer at the same time.
 */
export const JOIN = script(`
${PEER_FUNCTIONS}
local peerId, incarnation = ARGV[1], tonumber(ARGV[2])
local peer = ${PEER}
local before = redis.call('HMGET', peer, ${FIELDS})
local known = tonumber(before[1] or '')
if known == nil then
  local left = redis.call('GET', ${luaKey('left', 'peerId')})
  if left and incarnation < tonumber(left) then return {'stale', left} end
  redis.call('HSET', peer, 'inventory', startInventory(peerId))
elseif incarnation < known then
  return {'stale', before[1]}
elseif incarnation == known then
  for at, field in ipairs({${FIELDS}}) do
    if field ~= 'joinedAt' and field ~= 'name' then redis.call('HSET', peer, field, ARGV[at + 1]) end
  end
  redis.call('ZADD', ${luaKey('leases')}, redis.call('HGET', peer, 'leaseAt'), peerId)
  refreshLive(peer)
  return {'repeated'}
else
  redis.call('ZREM', ${luaKey('peerName', 'before[2]')}, peerId)
end
forgetOrder(peerId)
for at, field in ipairs({${FIELDS}}) do redis.call('HSET', peer, field, ARGV[at + 1]) end
local now = redis.call('HMGET', peer, 'name', 'joinedAt', 'leaseAt')
redis.call('ZADD', ${luaKey('peerName', 'now[1]')}, now[2], peerId)
redis.call('ZADD', ${luaKey('peers')}, 0, peerId)
redis.call('ZADD', ${luaKey('leases')}, now[3], peerId)
refreshLive(peer)
local lasting = redis.call('HMGET', peer, 'storage', 'labels')
if lasting[1] ~= '' then redis.call('HSET', ${luaKey('roster')}, peerId, now[3]..'|'..now[1]..'|'..lasting[2]) end
if known == nil then return {'joined'} end
return {'replaced', before}
`);

/**
 * A peer and all it holds leave. Its inventory counts no more from this moment on; taking it apart is left to SWEEP.
 *
 * ARGV: peer id, incarnation, milliseconds for which an older join is refused.
 * Returns 1, or 0 when another incarnation is here or none.
 */
export const LEAVE = script(`
${PEER_FUNCTIONS}
local peerId = ARGV[1]
local peer = ${PEER}
local state = redis.call('HMGET', peer, 'incarnation', 'inventory', 'name', 'storage', 'labels', 'leaseAt')
if not state[1] or tonumber(state[1]) ~= tonumber(ARGV[2]) then return 0 end
forgetOrder(peerId)
redis.call('SREM', ${luaKey('live')}, state[2])
redis.call('RPUSH', ${luaKey('garbage')}, state[2])
redis.call('ZREM', ${luaKey('peerName', 'state[3]')}, peerId)
redis.call('ZREM', ${luaKey('peers')}, peerId)
redis.call('ZREM', ${luaKey('leases')}, peerId)
redis.call('DEL', peer)
if state[4] ~= '' then redis.call('HSET', ${luaKey('roster')}, peerId, state[6]..'|'..state[3]..'|'..state[5]) end
redis.call('SET', ${luaKey('left', 'peerId')}, ARGV[2], 'PX', ARGV[3])
return 1
`);

/**
 * A lease is renewed and says whether the engine is up. Leases may overtake each other: competing processes take them.
 *
 * ARGV: peer id, incarnation, now; from the peer itself also its sequence, '1' serving or '0', room that it offers or ''.
 * Returns 'renewed' | 'unknown' (never joined so) | 'stale' (a newer incarnation is here, or a newer lease came before).
 */
export const RENEW = script(`
${PEER_FUNCTIONS}
local peerId, incarnation = ARGV[1], tonumber(ARGV[2])
local peer = ${PEER}
local known = tonumber(redis.call('HGET', peer, 'incarnation') or '')
if known == nil or incarnation > known then return 'unknown' end
if incarnation < known then return 'stale' end
if ARGV[4] then
  local newest = tonumber(redis.call('HGET', peer, 'leaseSequence') or '0')
  if tonumber(ARGV[4]) < newest then return 'overtaken' end
  redis.call('HSET', peer, 'leaseSequence', ARGV[4], 'serving', ARGV[5])
  if ARGV[6] ~= '' then redis.call('HSET', peer, 'storage', ARGV[6]) end
end
redis.call('HSET', peer, 'leaseAt', ARGV[3])
redis.call('ZADD', ${luaKey('leases')}, ARGV[3], peerId)
refreshLive(peer)
return 'renewed'
`);

/**
 * A peer was reached, or was not.
 *
 * ARGV: peer id, incarnation, '1' reachable or '0'.
 * Returns 1, or 0 when another incarnation is here or none.
 */
export const SET_REACHABLE = script(`
${PEER_FUNCTIONS}
local peerId = ARGV[1]
local peer = ${PEER}
local known = tonumber(redis.call('HGET', peer, 'incarnation') or '')
if known == nil or known ~= tonumber(ARGV[2]) then return 0 end
redis.call('HSET', peer, 'reachable', ARGV[3])
refreshLive(peer)
return 1
`);
