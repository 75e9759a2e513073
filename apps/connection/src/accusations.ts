import type { Clock, Incarnation, PeerId } from '#core';
import type { AccusationRegistry, AccusationRule, PeerRegistry } from '#registry';
import type { Log } from './ports.js';

export const ACCUSATION_RULE: AccusationRule = {
  accusers: 3,
  windowMs: 10 * 60_000,
  shunnedMs: 10 * 60_000,
};

/** A peer that several others accuse of wrong bytes is not handed out for a while. */
export class Accusations {
  constructor(
    private readonly peers: PeerRegistry,
    private readonly accusations: AccusationRegistry,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  async add(accuser: PeerId, peerId: PeerId, incarnation: Incarnation, evidence: string): Promise<void> {
    this.log.warn({ accuser, peerId, evidence }, 'a peer is accused of wrong bytes');
    const now = this.clock.now();
    const accusers = await this.accusations.accuse(peerId, accuser, now, ACCUSATION_RULE);
    // Also when it is shunned already: the message that was enough may have failed here, and comes again.
    if (accusers === undefined && !(await this.isShunned(peerId))) return;
    if (!(await this.peers.setReachable(peerId, incarnation, false))) return;
    if (accusers !== undefined)
      this.log.warn({ peerId, accusers }, 'not handed out: several peers accuse it');
  }

  /** Whether several accused it lately. */
  isShunned(peerId: PeerId): Promise<boolean> {
    return this.accusations.isShunned(peerId, this.clock.now());
  }
}
