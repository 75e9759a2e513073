import type { PeerId } from '#core';
import type { AccusationRegistry, AccusationRule } from '#registry';

export class MemoryAccusationRegistry implements AccusationRegistry {
  private readonly accusers = new Map<PeerId, Map<PeerId, number>>();
  private readonly shunnedUntil = new Map<PeerId, number>();

  async accuse(
    peerId: PeerId,
    accuser: PeerId,
    now: number,
    rule: AccusationRule,
  ): Promise<readonly PeerId[] | undefined> {
    if (await this.isShunned(peerId, now)) return undefined;
    const recent = [...(this.accusers.get(peerId) ?? [])].filter(([, at]) => at >= now - rule.windowMs);
    const all = new Map(recent).set(accuser, now);
    this.accusers.set(peerId, all);
    if (all.size < rule.accusers) return undefined;
    this.accusers.delete(peerId);
    this.shunnedUntil.set(peerId, now + rule.shunnedMs);
    return [...all.keys()];
  }

  async isShunned(peerId: PeerId, now: number): Promise<boolean> {
    return (this.shunnedUntil.get(peerId) ?? 0) > now;
  }
}
