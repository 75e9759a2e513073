import type { PeerId } from '#core';
import type { SourceTally } from '../control.js';
import { ENGINE_LIMITS } from '../engine-limits.js';

/** What each source delivered: chunks that were verified and written. */
export class SourceTallies {
  private readonly tallies = new Map<PeerId, SourceTally>();

  add(peerId: PeerId, name: string, bytes: number): void {
    const before = this.tallies.get(peerId);
    this.tallies.set(peerId, {
      peerId,
      name,
      chunks: (before?.chunks ?? 0) + 1,
      bytes: (before?.bytes ?? 0) + bytes,
    });
  }

  /** Who sent most comes first; at most as many as there can be sources at once. */
  list(): SourceTally[] {
    return [...this.tallies.values()].sort((a, b) => b.bytes - a.bytes).slice(0, ENGINE_LIMITS.sources);
  }
}
