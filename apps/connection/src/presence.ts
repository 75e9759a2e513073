import { shortId, type Clock, type Incarnation, type PeerId } from '#core';
import { parseInboxQueue } from '#contracts';
import type { Outgoing } from '#platform';
import type { PeerRecord, PeerRegistry } from '#registry';
import type { Dials } from './dials.js';
import type { Log, Timers } from './ports.js';

/**
 * A peer that lost only its broker link is knocked at again after these times, milliseconds, the last one again and again
 * until it is back or gone. The first come fast: the engine of a killed peer may answer once more before it ends.
 */
const KNOCK_AGAIN_MS = [150, 300, 600, 1_200, 5_000, 15_000];
/** A peer may die while its join is under way; its inbox is gone before it is here. Looked at again after this. */
const JOIN_UNDER_WAY_MS = 3_000;
/** A report about a peer that has just answered means nothing. */
const JUST_ANSWERED_MS = 1_000;
/** Entries of each memory of this class; past it all are forgotten, which costs knocks, not truth. */
const REMEMBERED_MAX = 10_000;

export interface PresenceSurroundings {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
  /** Accused by several: not handed out even if it answers. */
  readonly isShunned?: (peerId: PeerId) => Promise<boolean>;
}

/**
 * Who is still here. A deleted inbox, a report of a downloader and a lapsed lease all lead to one knock at the peer's chunk
 * port; only its answer decides.
 */
export class PresenceWatch {
  private readonly answeredAt = new Map<PeerId, number>();
  private secondLooks = 0;

  constructor(
    private readonly peers: PeerRegistry,
    private readonly dials: Dials,
    private readonly outgoing: Outgoing,
    private readonly around: PresenceSurroundings,
  ) {}

  /**
   * The broker deleted a queue; inboxes are deleted the moment their peer's connection ends. `again`: this came before, and the
   * process that had it may have ended before it told the world.
   */
  async queueDeleted(queue: string, again = false): Promise<void> {
    const inbox = parseInboxQueue(queue);
    if (inbox === undefined) return;
    const newest = await this.newest(inbox.peerId);
    if (newest?.incarnation === inbox.incarnation) {
      return this.decide(newest, 'its connection to the broker ended');
    }
    if (newest === undefined && again) await this.tellLeft(inbox);
    if (newest === undefined || newest.incarnation < inbox.incarnation) this.lookAgain(inbox);
  }

  /** A downloader could not reach it. Its membership is not at stake, since its broker link may be well. */
  async reportedUnreachable(peerId: PeerId, incarnation: Incarnation): Promise<void> {
    const peer = await this.find(peerId, incarnation);
    if (peer === undefined || !peer.reachable || this.justAnswered(peerId)) return;
    if ((await this.dials.dial(peer)) !== 'gone') return this.noteAnswer(peerId);
    await this.peers.setReachable(peerId, incarnation, false);
    this.say(peer, 'not handed out: it does not answer on its chunk port');
  }

  /** Its lease ended. An answer renews it: nobody is put out by a clock. */
  async lapsed(peer: PeerRecord): Promise<void> {
    const outcome = await this.dials.dial(peer);
    const { peerId, incarnation } = peer;
    if (outcome === 'gone') await this.remove(peer, 'its lease ended and it does not answer');
    else await this.peers.renew(peerId, incarnation, this.around.clock.now());
  }

  /** A peer whose chunk port did not answer says that it is here: look again. */
  async tryAgain(peer: PeerRecord): Promise<void> {
    if ((await this.around.isShunned?.(peer.peerId)) === true) return;
    if ((await this.dials.dial(peer)) !== 'same') return;
    await this.peers.setReachable(peer.peerId, peer.incarnation, true);
    this.say(peer, 'handed out again: it answers on its chunk port');
  }

  private async decide(peer: PeerRecord, reason: string, knocks = 0): Promise<void> {
    const outcome = await this.dials.dial(peer);
    if (outcome === 'gone') return this.remove(peer, reason);
    if (outcome === 'other-incarnation') return;
    if (knocks === 0) this.say(peer, 'stays: it answers, only its broker link is down');
    this.knockLater(peer, knocks);
  }

  private knockLater(peer: PeerRecord, knocks: number): void {
    const delay = KNOCK_AGAIN_MS[Math.min(knocks, KNOCK_AGAIN_MS.length - 1)] as number;
    this.around.timers.after(delay, () => void this.knockAgain(peer, knocks + 1));
  }

  private async knockAgain(peer: PeerRecord, knocks: number): Promise<void> {
    try {
      const now = await this.find(peer.peerId, peer.incarnation);
      if (now !== undefined)
        await this.decide(now, 'its broker link was down and it does not answer any more', knocks);
    } catch (error) {
      this.around.log.warn(
        { peerId: peer.peerId },
        `could not look after a peer: ${(error as Error).message}`,
      );
      this.knockLater(peer, knocks);
    }
  }

  /** Once more, in the background: the lease sweep is behind it. */
  private lookAgain(inbox: { readonly peerId: PeerId; readonly incarnation: Incarnation }): void {
    if (this.secondLooks >= REMEMBERED_MAX) return;
    this.secondLooks++;
    this.around.timers.after(JOIN_UNDER_WAY_MS, () => {
      this.secondLooks--;
      void this.secondLook(inbox);
    });
  }

  private async secondLook(inbox: {
    readonly peerId: PeerId;
    readonly incarnation: Incarnation;
  }): Promise<void> {
    try {
      const peer = await this.find(inbox.peerId, inbox.incarnation);
      if (peer !== undefined) await this.decide(peer, 'its connection to the broker ended while it joined');
    } catch (error) {
      const { message } = error as Error;
      this.around.log.warn({ peerId: inbox.peerId }, `could not look after a peer: ${message}`);
    }
  }

  private justAnswered(peerId: PeerId): boolean {
    return (this.answeredAt.get(peerId) ?? -Infinity) > this.around.clock.now() - JUST_ANSWERED_MS;
  }

  private noteAnswer(peerId: PeerId): void {
    if (this.answeredAt.size >= REMEMBERED_MAX) this.answeredAt.clear();
    this.answeredAt.set(peerId, this.around.clock.now());
  }

  private async remove(peer: PeerRecord, reason: string): Promise<void> {
    if (!(await this.peers.leave(peer.peerId, peer.incarnation))) return;
    this.say(peer, `out: ${reason}`);
    await this.tellLeft(peer);
  }

  private tellLeft({ peerId, incarnation }: Pick<PeerRecord, 'peerId' | 'incarnation'>): Promise<void> {
    const left = { peerId, incarnation, reason: 'crashed' as const };
    return this.outgoing.fact('peer.left', peerId, left, `peer-left/${peerId}/${incarnation}`);
  }

  private async find(peerId: PeerId, incarnation: Incarnation): Promise<PeerRecord | undefined> {
    const peer = await this.newest(peerId);
    return peer?.incarnation === incarnation ? peer : undefined;
  }

  private async newest(peerId: PeerId): Promise<PeerRecord | undefined> {
    const [peer] = await this.peers.find([peerId]);
    return peer;
  }

  private say(peer: PeerRecord, message: string): void {
    this.around.log.info(
      { peer: peer.name, peerId: shortId(peer.peerId), incarnation: peer.incarnation },
      message,
    );
  }
}
