import type { PeerId } from '#core';
import type { AccusationRegistry, AccusationRule } from './accusation-registry.js';
import { redisKey } from './keys.js';
import { list, text, type ScriptRunner } from './script.js';
import { ACCUSE } from './scripts/accusations.lua.js';

/** Accusations in Redis: a sorted set of accusers per peer, and a string while it is shunned; both expire. */
export class RedisAccusationRegistry implements AccusationRegistry {
  constructor(private readonly scripts: ScriptRunner) {}

  async accuse(
    peerId: PeerId,
    accuser: PeerId,
    now: number,
    { accusers, windowMs, shunnedMs }: AccusationRule,
  ): Promise<readonly PeerId[] | undefined> {
    const reply = await this.scripts.run(ACCUSE, peerId, accuser, now, accusers, windowMs, shunnedMs);
    return reply === null ? undefined : list(reply).map((each) => text(each) as PeerId);
  }

  async isShunned(peerId: PeerId, now: number): Promise<boolean> {
    const key = redisKey(this.scripts.prefix, 'shunned', peerId);
    const until = await this.scripts.connection.call((client) => client.get(key));
    return until !== null && Number(until) > now;
  }
}
