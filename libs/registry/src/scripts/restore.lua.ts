import { luaKey } from '../keys.js';
import { script } from '../script.js';

/** Sets `life` to {id, began}; ARGV: a new id, now. */
const LIFE = `
local registry = ${luaKey('registry')}
redis.call('HSETNX', registry, 'id', ARGV[1])
redis.call('HSETNX', registry, 'began', ARGV[2])
local life = redis.call('HMGET', registry, 'id', 'began')
`;

/** ARGV: a new id, now. Returns {id, the moment when it began}. */
export const REGISTRY_LIFE = script(`${LIFE} return life`);

/**
 * Gives names back that an emptied Redis does not know.
 *
 * ARGV: a new registry id, now; how long after a registry began versions that were given back may still replace each other;
 * latest moment that a version may say it is from; then of the manifest: SHA-256, size, chunk size, digest algorithm,
 * digests, shape of a tree or '' - all '' when there is none; then for each name: name, version, file id, published at,
 * learnt in, the version as JSON or ''.
 * Returns {registry id, an outcome for each name}.
 *
 * One script, since the outcome must not depend on who comes first: of two files for one version the one published last
 * stays (else the greater id), of all versions the one published last is the latest. What was published since Redis was
 * emptied is never replaced and stays the latest.
 */
export const RESTORE = script(`
${LIFE}
local now = tonumber(ARGV[2])
local isOpen = now - tonumber(life[2]) <= tonumber(ARGV[3])
local hasManifest = ARGV[5] ~= ''

local function versionOf(name, number)
  local json = redis.call('HGET', ${luaKey('versions', 'name')}, number)
  return json and cjson.decode(json)
end

-- Whether version a is rather the latest, or what a file is called, than b.
local function isNewer(a, b)
  local restoredA, restoredB = a.restored == true, b.restored == true
  if restoredA ~= restoredB then return restoredB end
  if a.publishedAt ~= b.publishedAt then return a.publishedAt > b.publishedAt end
  if a.number ~= b.number then return a.number > b.number end
  return a.name > b.name
end

-- What a file is called is the newest of the versions that point to it; without any it goes.
local function callFile(fileId)
  local file, best = ${luaKey('file', 'fileId')}, nil
  for _, pointer in ipairs(redis.call('SMEMBERS', ${luaKey('pointers', 'fileId')})) do
    local number, name = string.match(pointer, '^(%d+) (.*)$')
    local version = versionOf(name, number)
    if version then
      version.name, version.number = name, tonumber(number)
      if not best or isNewer(version, best) then best = version end
    end
  end
  if not best then return redis.call('DEL', file) end
  redis.call('HSET', file, 'name', best.name, 'version', string.format('%d', best.number))
end

local function settleLatest(name)
  local versions, best = ${luaKey('versions', 'name')}, nil
  local all = redis.call('HGETALL', versions)
  for at = 1, #all, 2 do
    if string.match(all[at], '^%d+$') then
      local version = cjson.decode(all[at + 1])
      version.name, version.number = name, tonumber(all[at])
      if not best or isNewer(version, best) then best = version end
    end
  end
  -- As contentKey has it.
  local content = (best.tree and 'tree/' or '')..best.sha256
  redis.call('HSET', versions, 'latest', string.format('%d', best.number), 'sha256', content)
end

local function isRemoved(name, number, fileId)
  local until_ = redis.call('ZSCORE', ${luaKey('removed')}, number..' '..name)
    or redis.call('ZSCORE', ${luaKey('dropped')}, fileId)
  return until_ and tonumber(until_) > now
end

local function store(name, number, fileId, json, before)
  local versions, file = ${luaKey('versions', 'name')}, ${luaKey('file', 'fileId')}
  redis.call('HSET', file, 'sha256', ARGV[5], 'size', ARGV[6], 'chunkSize', ARGV[7], 'digestAlgorithm', ARGV[8],
    'digests', ARGV[9])
  if ARGV[10] ~= '' then redis.call('HSET', file, 'tree', ARGV[10]) end
  redis.call('HSET', versions, number, json)
  redis.call('SADD', ${luaKey('pointers', 'fileId')}, number..' '..name)
  if before and before.fileId ~= fileId then
    local oldId = before.fileId
    redis.call('SREM', ${luaKey('pointers', 'oldId')}, number..' '..name)
    callFile(oldId)
  end
  local highest = tonumber(redis.call('HGET', versions, 'highest') or '0')
  if tonumber(number) > highest then redis.call('HSET', versions, 'highest', number) end
  settleLatest(name)
  callFile(fileId)
  redis.call('ZADD', ${luaKey('names')}, 0, name)
end

local function outcomeOf(name, number, fileId, publishedAt, learntIn, json)
  local before = versionOf(name, number)
  if before then
    local isSame = before.fileId == fileId
    local isLater = publishedAt > before.publishedAt
      or (publishedAt == before.publishedAt and fileId > before.fileId)
    if not (before.restored and isOpen and isLater) then return isSame and 'known' or 'conflict' end
  elseif learntIn == life[1] or isRemoved(name, number, fileId) then
    return 'removed'
  end
  if publishedAt > tonumber(ARGV[4]) then return 'conflict' end
  if not hasManifest then return 'wanted' end
  store(name, number, fileId, json, before)
  return 'restored'
end

local reply = {life[1]}
for at = 11, #ARGV, 6 do
  reply[#reply + 1] = outcomeOf(ARGV[at], ARGV[at + 1], ARGV[at + 2], tonumber(ARGV[at + 3]), ARGV[at + 4], ARGV[at + 5])
end
return reply
`);
