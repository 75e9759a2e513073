import type { Clock } from '#core';
import type { ReportBody } from '#contracts';
import type { Outgoing } from '#platform';
import type { HolderRegistry, PeerRegistry } from '#registry';
import { NEWER_ONE } from './joining.js';
import type { PresenceWatch } from './presence.js';

/** Renews leases, and asks a peer to join or to report again when what Redis knows of it is not what it says. */
export class Leases {
  constructor(
    private readonly peers: PeerRegistry,
    private readonly holders: HolderRegistry,
    private readonly presence: PresenceWatch,
    private readonly outgoing: Outgoing,
    private readonly clock: Clock,
  ) {}

  async renew({
    peerId,
    incarnation,
    sequence,
    serving,
    holdingsDigest,
    storage,
  }: ReportBody<'connection.lease'>): Promise<void> {
    const to = { peerId, incarnation };
    const outcome = await this.peers.renew(peerId, incarnation, this.clock.now(), {
      sequence,
      serving,
      storage,
    });
    // A later one was here before: this one says nothing new.
    if (outcome === 'overtaken') return;
    if (outcome !== 'renewed') {
      // A peer whose id another one took with a newer incarnation learns why when it joins again.
      const reason = outcome === 'stale' ? NEWER_ONE : 'the network does not know this peer';
      await this.outgoing.command(to, 'command.rejoin', { reason });
      return;
    }
    const [peer] = await this.peers.find([peerId]);
    if (peer !== undefined && serving && !peer.reachable) await this.presence.tryAgain(peer);
    if (serving && (await this.holders.digest(peerId)) !== holdingsDigest) {
      await this.outgoing.command(to, 'command.report', { reason: 'the anchors know other holdings' });
    }
  }
}
