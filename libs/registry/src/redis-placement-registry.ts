import { ShoalError } from '#core';
import { redisKey } from './keys.js';
import type { Placement, PlacementOrder, PlacementRegistry } from './placement-registry.js';
import { list, text, type ScriptRunner } from './script.js';
import { CREATE_PLACEMENT, SAVE_PLACEMENT } from './scripts/placement.lua.js';

const DAY = 24 * 60 * 60_000;
/** A repeated request is recognised for so long, milliseconds. */
const KEY_LIFETIME = 7 * DAY;
/** A placement is kept for so long after its end was told, milliseconds. */
const RETENTION = 7 * DAY;

/** Placements in Redis: a hash each, and an index of those that are not over. */
export class RedisPlacementRegistry implements PlacementRegistry {
  constructor(private readonly scripts: ScriptRunner) {}

  async create(order: PlacementOrder): Promise<{ created: boolean; placement: Placement }> {
    const { id, idempotencyKey, createdAt } = order;
    const json = JSON.stringify({ ...order, state: 'running', rows: [] });
    const keeping = [KEY_LIFETIME, createdAt];
    const reply = list(await this.scripts.run(CREATE_PLACEMENT, id, idempotencyKey, ...keeping, json));
    const placement = await this.get(text(reply[1]));
    if (placement === undefined) throw new ShoalError('internal', `placement ${text(reply[1])} has gone`);
    return { created: reply[0] === 1, placement };
  }

  async get(id: string): Promise<Placement | undefined> {
    const [json, revision] = await this.scripts.connection.call((client) =>
      client.hmget(redisKey(this.scripts.prefix, 'placement', id), 'json', 'revision'),
    );
    if (!json || !revision) return undefined;
    return { ...(JSON.parse(json) as Omit<Placement, 'revision'>), revision: Number(revision) };
  }

  async save({ revision, ...placement }: Placement): Promise<boolean> {
    return (await this.scripts.run(SAVE_PLACEMENT, placement.id, revision, JSON.stringify(placement))) === 1;
  }

  open(limit: number): Promise<string[]> {
    const index = redisKey(this.scripts.prefix, 'placements');
    return this.scripts.connection.call((client) => client.zrange(index, '0', String(limit - 1)));
  }

  async settle(id: string): Promise<void> {
    const { prefix, connection } = this.scripts;
    await connection.call(async (client) => {
      await client.pexpire(redisKey(prefix, 'placement', id), RETENTION);
      await client.zrem(redisKey(prefix, 'placements'), id);
    });
  }
}
