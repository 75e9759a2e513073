import { sample, type PeerId, type Random } from '#core';
import { acknowledgeInterval, mixHandout, type DialAddress } from '#swarm';
import type { AnchorPort } from './peer-port.js';
import type { VirtualTime } from './virtual-time.js';

/** What an anchor takes for an answer, besides the way there and back. */
const ANSWER_MS = 2;

export interface AnchorParts {
  readonly time: VirtualTime;
  readonly random: Random;
  /** One way between a peer and the anchors, milliseconds. */
  readonly latency: number;
  readonly handout: number;
  /** Undefined: it left. */
  readonly addressOf: (peer: PeerId) => DialAddress | undefined;
}

/** The anchors: who holds something of the file, and whom an asker gets. Counts what they have to handle. */
export class SimAnchor implements AnchorPort {
  readonly counts = { asked: 0, acknowledged: 0 };
  private readonly complete = new RandomSet<PeerId>();
  private readonly partial = new RandomSet<PeerId>();

  constructor(private readonly parts: AnchorParts) {}

  ask(asker: PeerId, exclude: ReadonlySet<PeerId>, answer: (holders: readonly DialAddress[]) => void): void {
    const { time, latency } = this.parts;
    this.counts.asked++;
    time.after(latency + ANSWER_MS, () => {
      const holders = this.handout(asker, exclude);
      time.after(latency, () => answer(holders));
    });
  }

  holds(peer: PeerId, complete: boolean): void {
    this.parts.time.after(this.parts.latency, () => {
      if (complete) this.partial.delete(peer);
      (complete ? this.complete : this.partial).add(peer);
    });
  }

  left(peer: PeerId): void {
    this.complete.delete(peer);
    this.partial.delete(peer);
  }

  /** Acknowledgements that `peers` send while they are busy for so long. */
  countAcknowledgements(peers: number, busyMs: number, chunksEach: number): void {
    this.counts.acknowledged += Math.ceil(Math.min(chunksEach, 1 + busyMs / acknowledgeInterval(peers)));
  }

  /** As `manifest.get` does: at random, half of them complete where there are enough of both. */
  private handout(asker: PeerId, exclude: ReadonlySet<PeerId>): DialAddress[] {
    const { handout, random } = this.parts;
    const may = (peer: PeerId): boolean => peer !== asker && !exclude.has(peer);
    const some = (from: RandomSet<PeerId>, complete: boolean) =>
      from.some(handout, may, random).map((peer) => ({ peer, complete, nearness: 0 }));
    const chosen = mixHandout([...some(this.complete, true), ...some(this.partial, false)], handout);
    return chosen.flatMap(({ peer }) => this.parts.addressOf(peer) ?? []);
  }
}

/** A set from which members are drawn at random without looking at all of them. */
class RandomSet<T> {
  private readonly members: T[] = [];
  private readonly places = new Map<T, number>();

  add(member: T): void {
    if (this.places.has(member)) return;
    this.places.set(member, this.members.length);
    this.members.push(member);
  }

  delete(member: T): void {
    const place = this.places.get(member);
    if (place === undefined) return;
    const last = this.members.pop() as T;
    this.places.delete(member);
    if (last === member) return;
    this.members[place] = last;
    this.places.set(last, place);
  }

  /** Up to `count` distinct members that pass, in random order. */
  some(count: number, may: (member: T) => boolean, random: Random): T[] {
    if (this.members.length <= 4 * count) return sample(this.members.filter(may), count, random);
    const drawn = new Set<T>();
    for (let tries = 0; tries < 4 * count && drawn.size < count; tries++) {
      const member = this.members[Math.floor(random() * this.members.length)] as T;
      if (may(member)) drawn.add(member);
    }
    return [...drawn];
  }
}
