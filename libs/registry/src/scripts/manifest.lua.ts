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
local latest = redis.call('HMGET', versions, 'latest', 'sha256')
if latest[2] == content then return {'unchanged', latest[1], redis.call('HGET', versions, latest[1])} end
local version = string.format('%d', tonumber(latest[1] or '0') + 1)
redis.call('HSET', ${luaKey('file', 'fileId')},
  'sha256', sha256, 'size', ARGV[4], 'chunkSize', ARGV[5], 'digestAlgorithm', ARGV[6], 'digests', ARGV[7],
  'name', name, 'version', version)
if ARGV[10] ~= '' then redis.call('HSET', ${luaKey('file', 'fileId')}, 'tree', ARGV[10]) end
redis.call('HSET', versions, version, ARGV[8], 'latest', version, 'sha256', content)
redis.call('ZADD', ${luaKey('names')}, 0, name)
return {version == '1' and 'created' or 'new-version', version, ARGV[8]}
`);
