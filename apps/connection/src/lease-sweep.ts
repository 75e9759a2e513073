import type { Clock } from '#core';
import type { PeerRegistry } from '#registry';
import type { PresenceWatch } from './presence.js';

/** A lease has lapsed when it is this many times its length old: one that came late is no reason to knock. */
const GRACE = 2;
/** After a start of this process, of Redis or of the broker, leases get this long to come in again, milliseconds. */
const SETTLE_MS = 60_000;
/** Peers knocked at in one sweep. */
const BATCH = 100;
/** When more than this share of all peers (and more than `MANY_MIN`) lapse at once, something else is wrong. */
const MANY_SHARE = 0.2;
const MANY_MIN = 20;

/** The backstop behind presence: finds peers whose lease ended, and has them knocked at. */
export class LeaseSweep {
  private quietUntil: number;

  constructor(
    private readonly peers: PeerRegistry,
    private readonly presence: Pick<PresenceWatch, 'lapsed'>,
    private readonly leaseSeconds: () => number,
    private readonly clock: Clock,
  ) {
    this.quietUntil = clock.now() + SETTLE_MS;
  }

  /** Something restarted: what looks lapsed may only not have been able to say that it is here. */
  settle(): void {
    this.quietUntil = this.clock.now() + SETTLE_MS;
  }

  /** One round. Resolves with how many peers were knocked at. */
  async run(): Promise<number> {
    const now = this.clock.now();
    if (now < this.quietUntil) return 0;
    const lapsed = await this.peers.lapsed(now - GRACE * this.leaseSeconds() * 1_000, BATCH);
    if (lapsed.length === 0) return 0;
    if (lapsed.length > MANY_MIN && lapsed.length > MANY_SHARE * (await this.peers.count())) {
      this.settle();
      // They are knocked at all the same, one after the other and not again before a while.
      for (const peer of lapsed) await this.presence.lapsed(peer);
      return lapsed.length;
    }
    await Promise.all(lapsed.map((peer) => this.presence.lapsed(peer)));
    return lapsed.length;
  }
}
