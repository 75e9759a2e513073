import { randomUUID } from 'node:crypto';
import type { RegistryIdentity, RegistryLife } from '#registry';

export class MemoryRegistryIdentity implements RegistryIdentity {
  private life: RegistryLife | undefined;

  async current(now: number): Promise<RegistryLife> {
    this.life ??= { id: randomUUID(), began: now };
    return this.life;
  }

  /** As after FLUSHALL. */
  wipe(): void {
    this.life = undefined;
  }
}
