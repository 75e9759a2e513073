import { describe, expect, it } from '@jest/globals';
import { keyPrefix, luaKey, redisKey } from './keys.js';

describe('keys', () => {
  it('begin with the network', () => {
    expect(redisKey(keyPrefix('shoal'), 'peer', 'abc')).toBe('shoal:peer:abc');
    expect(redisKey(keyPrefix('shoal'), 'bits', 7, 'abc')).toBe('shoal:bits:7:abc');
    expect(redisKey(keyPrefix('shoal'), 'live')).toBe('shoal:live');
  });

  it('are the same in a script', () => {
    expect(luaKey('live')).toBe("(KEYS[1]..'live')");
    expect(luaKey('peer', 'peerId')).toBe("(KEYS[1]..'peer:'..peerId)");
    expect(luaKey('bits', 'inventory', 'fileId')).toBe("(KEYS[1]..'bits:'..inventory..':'..fileId)");
  });
});
