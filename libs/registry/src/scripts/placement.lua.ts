import { luaKey } from '../keys.js';
import { script } from '../script.js';

const PLACEMENT = luaKey('placement', 'id');

/**
 * Makes a placement, unless its key made one before. ARGV: id, idempotency key, milliseconds to keep the key, now, placement
 * as JSON. Returns {1, id} or {0, id of that one}.
 */
export const CREATE_PLACEMENT = script(`
local id = ARGV[1]
local before = redis.call('GET', ${luaKey('placementKey', 'ARGV[2]')})
if not before and redis.call('EXISTS', ${PLACEMENT}) == 1 then before = id end
if before then return {0, before} end
redis.call('SET', ${luaKey('placementKey', 'ARGV[2]')}, id, 'PX', ARGV[3])
redis.call('HSET', ${PLACEMENT}, 'json', ARGV[5], 'revision', 1)
redis.call('ZADD', ${luaKey('placements')}, ARGV[4], id)
return {1, id}
`);

/**
 * Replaces a placement if it is still what was read. ARGV: id, revision that was read, placement as JSON. Returns 1 or 0.
 * One script, because of two that read the same revision only one may write.
 */
export const SAVE_PLACEMENT = script(`
local id = ARGV[1]
if redis.call('HGET', ${PLACEMENT}, 'revision') ~= ARGV[2] then return 0 end
redis.call('HSET', ${PLACEMENT}, 'json', ARGV[3])
redis.call('HINCRBY', ${PLACEMENT}, 'revision', 1)
return 1
`);
