import { randomUUID } from 'node:crypto';
import type { RegistryIdentity, RegistryLife } from './registry-identity.js';
import { list, numberIn, text, type ScriptRunner } from './script.js';
import { REGISTRY_LIFE } from './scripts/restore.lua.js';

/** The id is written by whoever first finds none: a Redis that keeps its data keeps it, an emptied one gets another. */
export class RedisRegistryIdentity implements RegistryIdentity {
  constructor(private readonly scripts: ScriptRunner) {}

  async current(now: number): Promise<RegistryLife> {
    const [id, began] = list(await this.scripts.run(REGISTRY_LIFE, randomUUID(), now));
    return { id: text(id), began: numberIn(began) };
  }
}
