import type { Clock, Incarnation, PeerId } from '#core';
import type { PeerRegistry } from '#registry';
import type { Log } from './ports.js';

/** So many different accusers within so long, and a peer is not handed out for a while. One liar cannot do it alone. */
export const ACCUSERS = 3;
const WINDOW_MS = 10 * 60_000;
/** How long it is not handed out, milliseconds. */
const SHUNNED_MS = 10 * 60_000;
/** Accused peers remembered at once. */
const ACCUSED_MAX = 10_000;

/** Counts who accuses whom of wrong bytes. Each connection process counts what it sees. */
export class Accusations {
  private readonly accused = new Map<PeerId, Map<PeerId, number>>();
  private readonly shunnedUntil = new Map<PeerId, number>();

  constructor(
    private readonly peers: PeerRegistry,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  async add(accuser: PeerId, peerId: PeerId, incarnation: Incarnation, evidence: string): Promise<void> {
    this.log.warn({ accuser, peerId, evidence }, 'a peer is accused of wrong bytes');
    const accusers = this.recent(peerId);
    accusers.set(accuser, this.clock.now());
    if (accusers.size < ACCUSERS) return;
    this.accused.delete(peerId);
    this.shun(peerId);
    if (await this.peers.setReachable(peerId, incarnation, false)) {
      this.log.warn({ peerId, accusers: [...accusers.keys()] }, 'not handed out: several peers accuse it');
    }
  }

  /** Whether several accused it lately. */
  isShunned(peerId: PeerId): boolean {
    return (this.shunnedUntil.get(peerId) ?? 0) > this.clock.now();
  }

  private shun(peerId: PeerId): void {
    if (this.shunnedUntil.size >= ACCUSED_MAX) this.shunnedUntil.clear();
    this.shunnedUntil.set(peerId, this.clock.now() + SHUNNED_MS);
  }

  private recent(peerId: PeerId): Map<PeerId, number> {
    if (!this.accused.has(peerId) && this.accused.size >= ACCUSED_MAX) this.accused.clear();
    const accusers = this.accused.get(peerId) ?? new Map<PeerId, number>();
    for (const [accuser, at] of accusers) if (at < this.clock.now() - WINDOW_MS) accusers.delete(accuser);
    this.accused.set(peerId, accusers);
    return accusers;
  }
}
