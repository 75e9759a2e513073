import type { Incarnation, PeerId } from '#core';
import type { Address, StorageOffer } from '#contracts';

/** A peer as the network knows it. */
export interface PeerRecord {
  readonly peerId: PeerId;
  readonly incarnation: Incarnation;
  readonly name: string;
  readonly address: Address;
  readonly labels: Readonly<Record<string, string>>;
  /** The anchor that took the join. */
  readonly anchor: string;
  readonly software: string;
  /** Milliseconds since 1970. */
  readonly joinedAt: number;
  /** The last moment it said that it is here. */
  readonly leaseAt: number;
  /** An anchor dialled its chunk port and met this peer id and incarnation. */
  readonly reachable: boolean;
  /** Its engine is up. */
  readonly serving: boolean;
  /** Room that it offers; undefined for a peer that is here for a moment only, whose copies do not count. */
  readonly storage?: StorageOffer | undefined;
}

/** A peer that is here or was here, and may come again. */
export interface RosterPeer {
  readonly peerId: PeerId;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** When it was here last, as far as it is known; milliseconds since 1970. */
  readonly seenAt: number;
}

export type JoinOutcome =
  /** First time, or back after it had left. */
  | { readonly kind: 'joined' }
  /** A newer incarnation took the place of `before`, which was still there. */
  | { readonly kind: 'replaced'; readonly before: PeerRecord }
  /** The same incarnation again: its address, reachability and lease are as this join says; it is no news. */
  | { readonly kind: 'repeated' }
  /** An older incarnation than the one that is known: refused. */
  | { readonly kind: 'stale'; readonly newest: Incarnation };

/** What a peer says with its lease. */
export interface LeaseFacts {
  readonly serving: boolean;
  /** Of its incarnation's leases. */
  readonly sequence: number;
  readonly storage?: StorageOffer | undefined;
}

/**
 * Who is in the network. A peer is *live* while it is here, reachable and serving; only live peers are handed out.
 * Every change names the incarnation it is about; one that is not the newest changes nothing.
 */
export interface PeerRegistry {
  join(peer: PeerRecord): Promise<JoinOutcome>;
  /** Takes the peer and all its holdings out. False when another incarnation is here or none. */
  leave(peerId: PeerId, incarnation: Incarnation): Promise<boolean>;
  /**
   * Renews the lease; without `lease` its peer was met alive and said nothing. `unknown`: never joined, or Redis was wiped.
   * `stale`: a newer incarnation is here, or a newer lease came before: leases may overtake each other on their way.
   */
  renew(
    peerId: PeerId,
    incarnation: Incarnation,
    now: number,
    lease?: LeaseFacts,
  ): Promise<'renewed' | 'unknown' | 'stale' | 'overtaken'>;
  /** Takes the peer out of handouts, or back in, without ending its membership. */
  setReachable(peerId: PeerId, incarnation: Incarnation, reachable: boolean): Promise<boolean>;
  find(peerIds: readonly PeerId[]): Promise<PeerRecord[]>;
  /** The newest peer under each name; a name that nobody has is left out. */
  findByName(names: readonly string[]): Promise<PeerRecord[]>;
  /** Up to `count` live peers at random, without those excluded. */
  sampleLive(count: number, exclude: ReadonlySet<PeerId>): Promise<PeerRecord[]>;
  /** A page of all peers, ordered by id, after `after`. */
  list(after: PeerId | undefined, limit: number): Promise<PeerRecord[]>;
  count(): Promise<number>;
  /** Everybody who is here or was in the last 30 days, by id; without those that were here for a moment only. */
  roster(): Promise<RosterPeer[]>;
  /** Peers whose `leaseAt` is before `moment`, oldest first. */
  lapsed(moment: number, limit: number): Promise<PeerRecord[]>;
}
