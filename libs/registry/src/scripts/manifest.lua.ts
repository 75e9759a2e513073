import { luaKey } from '../keys.js';
import { script } from '../script.js';

/**
 * Stores a manifest and moves its name to a new version, unless the latest version has the same content.
 *
 * ARGV: name, file id, SHA-256 of the whole, size, chunk size, digest algorithm, digests, the version as JSON, what makes
 * two versions the same content, the shape of a tree as JSON or nothing.
 * Returns {'created' | 'new-version' | 'unchanged', version, that version as JSON}.
 * One script, because two publishers of one name must not get the same version.
 */
export const PUBLISH = script(`
local name, fileId, sha256, content = ARGV[1], ARGV[2], ARGV[3], ARGV[9]
local versions = ${luaKey('versions', 'name')}
local latest = redis.call('HMGET', versions, 'latest', 'sha256', 'highest')
if latest[2] == content then return {'unchanged', latest[1], redis.call('HGET', versions, latest[1])} end
local version = string.format('%d', tonumber(latest[3] or latest[1] or '0') + 1)
redis.call('HSET', ${luaKey('file', 'fileId')},
  'sha256', sha256, 'size', ARGV[4], 'chunkSize', ARGV[5], 'digestAlgorithm', ARGV[6], 'digests', ARGV[7],
  'name', name, 'version', version)
if ARGV[10] ~= '' then redis.call('HSET', ${luaKey('file', 'fileId')}, 'tree', ARGV[10]) end
redis.call('HSET', versions, version, ARGV[8], 'latest', version, 'sha256', content, 'highest', version)
redis.call('SADD', ${luaKey('pointers', 'fileId')}, version..' '..name)
redis.call('ZREM', ${luaKey('dropped')}, fileId)
redis.call('ZADD', ${luaKey('names')}, 0, name)
return {version == '1' and 'created' or 'new-version', version, ARGV[8]}
`);

/**
 * Takes a name, or one version of it, away. Content that no name points to any more goes with it, and can be marked as
 * dropped: peers that report it are told so. A repeated request gets the answer of the first.
 *
 * ARGV: name, version or '' for all, id of the request, seconds for which its answer is kept, moment until which the
 * content counts as dropped or '' to mark nothing, now, most files and names marked at once, moment until which its names
 * cannot be given back.
 * Returns {latest version or '', then for each removed version: its number, file id, '1' when the content is gone}.
 * One script, because a version published meanwhile must not be lost and the latest must be right at every moment.
 */
export const UNPUBLISH = script(`
local name, wanted, until_ = ARGV[1], ARGV[2], ARGV[5]
local answer = ${luaKey('unpublished', 'ARGV[3]')}
local before = redis.call('GET', answer)
if before then return cmsgpack.unpack(before) end

local versions, dropped, removed = ${luaKey('versions', 'name')}, ${luaKey('dropped')}, ${luaKey('removed')}
local reply, highest = {''}, 0

local function forget(version, fileId)
  local pointers, file = ${luaKey('pointers', 'fileId')}, ${luaKey('file', 'fileId')}
  redis.call('SREM', pointers, version..' '..name)
  local other = redis.call('SRANDMEMBER', pointers)
  if other then
    local number, otherName = string.match(other, '^(%d+) (.*)$')
    redis.call('HSET', file, 'name', otherName, 'version', number)
    return '0'
  end
  redis.call('DEL', file)
  if until_ ~= '' then redis.call('ZADD', dropped, until_, fileId) end
  return '1'
end

for _, field in ipairs(redis.call('HKEYS', versions)) do
  local number = string.match(field, '^%d+$') and tonumber(field)
  if number and (wanted == '' or field == wanted) then
    local fileId = cjson.decode(redis.call('HGET', versions, field)).fileId
    redis.call('HDEL', versions, field)
    reply[#reply + 1] = field
    reply[#reply + 1] = fileId
    reply[#reply + 1] = forget(field, fileId)
    redis.call('ZADD', removed, ARGV[8], field..' '..name)
  elseif number then
    highest = math.max(highest, number)
  end
end
if #reply == 1 then return reply end

local latest = tonumber(redis.call('HGET', versions, 'latest') or '0')
if highest > 0 then
  -- The latest stays while it is there; names that were given back may have their latest below the highest.
  if redis.call('HEXISTS', versions, string.format('%d', latest)) == 0 then latest = highest end
  local field = string.format('%d', latest)
  reply[1] = field
  -- As contentKey has it.
  local newest = cjson.decode(redis.call('HGET', versions, field))
  local content = (newest.tree and 'tree/' or '')..newest.sha256
  redis.call('HSET', versions, 'latest', field, 'sha256', content)
else
  redis.call('DEL', versions)
  redis.call('ZREM', ${luaKey('names')}, name)
end
for _, marks in ipairs({dropped, removed}) do
  redis.call('ZREMRANGEBYSCORE', marks, '-inf', ARGV[6])
  redis.call('ZREMRANGEBYRANK', marks, 0, -1 - tonumber(ARGV[7]))
end
redis.call('SET', answer, cmsgpack.pack(reply), 'EX', ARGV[4])
return reply
`);
