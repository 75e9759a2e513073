import { shortId, type Clock, type Incarnation, type PeerId } from '#core';
import { parseInboxQueue } from '#contracts';
import type { Outgoing } from '#platform';
import type { PeerRecord, PeerRegistry } from '#registry';
import type { Dials } from './dials.js';
import type { Log, Timers } from './ports.js';

/** A peer that lost only its broker link is knocked at again after this long, until it is back or gone, milliseconds. */
const KNOCK_AGAIN_MS = 5_000;

export interface PresenceSurroundings {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
}

/**
 * Who is still here. A deleted inbox, a report of a downloader and a lapsed lease all lead to one knock at the peer's chunk
 * port; only its answer decides.
 */
export class PresenceWatch {
  constructor(
    private readonly peers: PeerRegistry,
    private readonly dials: Dials,
    private readonly outgoing: Outgoing,
    private readonly around: PresenceSurroundings,
  ) {}

  /** The broker deleted a queue; inboxes are deleted the moment their peer's connection ends. */
  async queueDeleted(queue: string): Promise<void> {
    const inbox = parseInboxQueue(queue);
    if (inbox === undefined) return;
    const peer = await this.find(inbox.peerId, inbox.incarnation);
    if (peer !== undefined) await this.decide(peer, 'its connection to the broker ended');
  }

  /** A downloader could not reach it. Its membership is not at stake, since its broker link may be well. */
  async reportedUnreachable(peerId: PeerId, incarnation: Incarnation): Promise<void> {
    const peer = await this.find(peerId, incarnation);
    if (peer === undefined || !peer.reachable) return;
    if ((await this.dials.dial(peer)) !== 'gone') return;
    await this.peers.setReachable(peerId, incarnation, false);
    this.say(peer, 'not handed out: it does not answer on its chunk port');
  }

  /** Its lease ended. An answer renews it: nobody is put out by a clock. */
  async lapsed(peer: PeerRecord): Promise<void> {
    const outcome = await this.dials.dial(peer);
    const { peerId, incarnation, serving } = peer;
    if (outcome === 'gone') await this.remove(peer, 'its lease ended and it does not answer');
    else await this.peers.renew(peerId, incarnation, serving, this.around.clock.now());
  }

  /** A peer whose chunk port did not answer says that it is here: look again. */
  async tryAgain(peer: PeerRecord): Promise<void> {
    if ((await this.dials.dial(peer)) !== 'same') return;
    await this.peers.setReachable(peer.peerId, peer.incarnation, true);
    this.say(peer, 'handed out again: it answers on its chunk port');
  }

  private async decide(peer: PeerRecord, reason: string): Promise<void> {
    const outcome = await this.dials.dial(peer);
    if (outcome === 'gone') return this.remove(peer, reason);
    if (outcome === 'other-incarnation') return;
    this.say(peer, 'stays: it answers, only its broker link is down');
    this.around.timers.after(KNOCK_AGAIN_MS, () => void this.knockAgain(peer));
  }

  private async knockAgain(peer: PeerRecord): Promise<void> {
    try {
      const now = await this.find(peer.peerId, peer.incarnation);
      if (now !== undefined)
        await this.decide(now, 'its broker link was down and it does not answer any more');
    } catch (error) {
      this.around.log.warn(
        { peerId: peer.peerId },
        `could not look after a peer: ${(error as Error).message}`,
      );
      this.around.timers.after(KNOCK_AGAIN_MS, () => void this.knockAgain(peer));
    }
  }

  private async remove(peer: PeerRecord, reason: string): Promise<void> {
    const { peerId, incarnation } = peer;
    if (!(await this.peers.leave(peerId, incarnation))) return;
    this.say(peer, `out: ${reason}`);
    await this.outgoing.fact('peer.left', peerId, { peerId, incarnation, reason: 'crashed' });
  }

  private async find(peerId: PeerId, incarnation: Incarnation): Promise<PeerRecord | undefined> {
    const [peer] = await this.peers.find([peerId]);
    return peer?.incarnation === incarnation ? peer : undefined;
  }

  private say(peer: PeerRecord, message: string): void {
    this.around.log.info(
      { peer: peer.name, peerId: shortId(peer.peerId), incarnation: peer.incarnation },
      message,
    );
  }
}
