import { Bitfield, type ChunkRange, type PeerId } from '#core';
import { domainsOf } from './fault-domains.js';
import { missingOf } from './missing.js';
import type { PlacementPeer, PlanQuestion } from './plan-types.js';

export interface LayoutOptions {
  /** Peers to fall back on when those with a quota cannot take a chunk, best first. */
  readonly spare: readonly PlacementPeer[];
  /** Keep copies of a chunk in different domains where it can be. */
  readonly respectDomains: boolean;
  /** Give nobody all chunks where it can be avoided. */
  readonly avoidWhole: boolean;
}

interface Seat {
  readonly peer: PlacementPeer;
  /** Chunks that it has in the end. */
  readonly has: Bitfield;
  readonly domains: readonly Bitfield[];
  /** Chunks of its share that it still gets. */
  quota: number;
  /** Chunks that still fit. */
  room: number;
}

/** A place for a chunk; the higher the cost, the worse. */
interface Choice {
  readonly seat: Seat;
  readonly cost: number;
}
const WOULD_HAVE_ALL = 100;
const FREE = Number.POSITIVE_INFINITY;

/** Lays the copies of a file's chunks over peers, one copy of all after the other. */
export class Layout {
  private readonly seats: Seat[];
  private readonly spare: Seat[];
  private readonly missing: readonly number[];
  private cursor = 0;

  constructor(
    private readonly question: PlanQuestion,
    chosen: readonly PlacementPeer[],
    quotas: readonly number[],
    private readonly options: LayoutOptions,
  ) {
    const taken = takenDomains(question);
    const seats = new Map(question.peers.map((peer) => [peer.peerId, seatOf(peer, taken)]));
    const find = ({ peerId }: PlacementPeer): Seat => seats.get(peerId) as Seat;
    this.seats = chosen.map(find);
    this.spare = options.spare.map(find);
    for (const [at, seat] of this.seats.entries()) seat.quota = quotas[at] as number;
    this.missing = missingOf(question);
  }

  /** False when a chunk cannot be put anywhere. */
  fill(): boolean {
    const { chunkCount, copies } = this.question;
    for (let copy = 0; copy < copies; copy++) {
      let current: Choice | undefined;
      for (let chunk = 0; chunk < chunkCount; chunk++) {
        if ((this.missing[chunk] as number) <= copy) continue;
        const goesOn =
          current !== undefined &&
          current.seat.quota > 0 &&
          !current.seat.has.has(chunk) &&
          this.cost(current.seat, chunk) <= current.cost;
        if (!goesOn) current = this.choose(chunk);
        if (current === undefined) return false;
        give(current.seat, chunk);
      }
    }
    return true;
  }

  /** What each peer gets on top of what it has. */
  additions(): Map<PeerId, ChunkRange[]> {
    const additions = new Map<PeerId, ChunkRange[]>();
    for (const { peer, has } of new Set([...this.seats, ...this.spare])) {
      const fresh = new Bitfield(has.length);
      for (const chunk of has) if (!peer.has.has(chunk)) fresh.set(chunk);
      if (!fresh.isEmpty) additions.set(peer.peerId, fresh.toRanges());
    }
    return additions;
  }

  /** The next in line that can take it at the lowest cost; whoever has room where none can, or only at a higher one. */
  private choose(chunk: number): Choice | undefined {
    const turned = [...this.seats.slice(this.cursor), ...this.seats.slice(0, this.cursor)];
    const inLine = this.cheapest(turned, (seat) => seat.quota > 0, chunk);
    if (inLine === undefined || inLine.cost > 0) {
      const spare = this.cheapest(this.spare, (seat) => seat.room > 0, chunk);
      if (spare !== undefined && spare.cost < (inLine?.cost ?? FREE)) return spare;
    }
    if (inLine !== undefined) this.cursor = this.seats.indexOf(inLine.seat);
    return inLine;
  }

  private cheapest(seats: readonly Seat[], may: (seat: Seat) => boolean, chunk: number): Choice | undefined {
    let best: Choice | undefined;
    for (const seat of seats) {
      if (!may(seat) || seat.has.has(chunk)) continue;
      const cost = this.cost(seat, chunk);
      if (cost === 0) return { seat, cost };
      if (best === undefined || cost < best.cost) best = { seat, cost };
    }
    return best;
  }

  /** Copies of the chunk in the peer's domains (the narrower the domain, the more levels count it), and whether it would have all. */
  private cost({ has, domains }: Seat, chunk: number): number {
    const { respectDomains, avoidWhole } = this.options;
    const shared = respectDomains ? domains.filter((domain) => domain.has(chunk)).length : 0;
    const whole = avoidWhole && has.length > 1 && has.count === has.length - 1;
    return shared + (whole ? WOULD_HAVE_ALL : 0);
  }
}

const seatOf = (peer: PlacementPeer, taken: ReadonlyMap<string, Bitfield>): Seat => ({
  peer,
  has: peer.has.clone(),
  domains: domainsOf(peer).map((domain) => taken.get(domain) as Bitfield),
  quota: 0,
  room: peer.room,
});

const give = (seat: Seat, chunk: number): void => {
  seat.has.set(chunk);
  for (const domain of seat.domains) domain.set(chunk);
  seat.quota = Math.max(0, seat.quota - 1);
  seat.room--;
};

/** Which chunks each domain has a copy of. */
const takenDomains = ({ chunkCount, peers }: PlanQuestion): Map<string, Bitfield> => {
  const taken = new Map<string, Bitfield>();
  for (const peer of peers) {
    for (const domain of domainsOf(peer)) {
      const chunks = taken.get(domain) ?? new Bitfield(chunkCount);
      taken.set(domain, chunks);
      if (peer.has.isEmpty) continue;
      for (const chunk of peer.has) chunks.set(chunk);
    }
  }
  return taken;
};
