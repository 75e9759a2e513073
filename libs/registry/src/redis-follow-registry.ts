import type { Follow, FollowRegistry } from './follow-registry.js';
import { luaKey, redisKey } from './keys.js';
import { script, type ScriptRunner } from './script.js';

/** ARGV: id, what is followed as JSON, how many there may be. Returns 1, or 0 when there are too many. */
const PUT = script(`
local follows = ${luaKey('follows')}
if redis.call('HEXISTS', follows, ARGV[1]) == 1 then return 1 end
if redis.call('HLEN', follows) >= tonumber(ARGV[3]) then return 0 end
redis.call('HSET', follows, ARGV[1], ARGV[2])
return 1
`);

export class RedisFollowRegistry implements FollowRegistry {
  constructor(private readonly scripts: ScriptRunner) {}

  async put({ id, ...follow }: Follow, max: number): Promise<boolean> {
    return (await this.scripts.run(PUT, id, JSON.stringify(follow), max)) === 1;
  }

  async remove(id: string): Promise<boolean> {
    return (await this.scripts.connection.call((client) => client.hdel(this.key, id))) === 1;
  }

  async all(): Promise<Follow[]> {
    const entries = await this.scripts.connection.call((client) => client.hgetall(this.key));
    return Object.entries(entries)
      .map(([id, json]) => ({ id, ...(JSON.parse(json) as Omit<Follow, 'id'>) }))
      .sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  private get key(): string {
    return redisKey(this.scripts.prefix, 'follows');
  }
}
