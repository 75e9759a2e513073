import { sample, type Incarnation, type PeerId, type Random } from '#core';
import type { JoinOutcome, LeaseFacts, PeerRecord, PeerRegistry, RosterPeer } from '#registry';

/** Told when what a peer holds must be forgotten, or ordered anew. */
export interface MembershipWatcher {
  replaced(peerId: PeerId): void;
  left(peerId: PeerId): void;
}

export class MemoryPeerRegistry implements PeerRegistry {
  private readonly peers = new Map<PeerId, PeerRecord>();
  private readonly gone = new Map<PeerId, Incarnation>();
  /** Sequence of the newest lease. */
  private readonly leases = new Map<PeerId, number>();
  private readonly known = new Map<PeerId, RosterPeer>();
  watcher: MembershipWatcher | undefined;

  constructor(private readonly random: Random) {}

  async join(peer: PeerRecord): Promise<JoinOutcome> {
    const before = this.peers.get(peer.peerId);
    const newest = before?.incarnation ?? this.gone.get(peer.peerId) ?? 0;
    if (peer.incarnation < newest) return { kind: 'stale', newest };
    if (before?.incarnation === peer.incarnation) {
      this.peers.set(peer.peerId, { ...peer, name: before.name, joinedAt: before.joinedAt });
      return { kind: 'repeated' };
    }
    this.peers.set(peer.peerId, peer);
    this.leases.delete(peer.peerId);
    const { peerId, name, labels, storage, leaseAt } = peer;
    if (storage !== undefined) this.known.set(peerId, { peerId, name, labels, seenAt: leaseAt });
    if (before === undefined) return { kind: 'joined' };
    this.watcher?.replaced(peer.peerId);
    return { kind: 'replaced', before };
  }

  async leave(peerId: PeerId, incarnation: Incarnation): Promise<boolean> {
    if (this.peers.get(peerId)?.incarnation !== incarnation) return false;
    this.peers.delete(peerId);
    this.leases.delete(peerId);
    this.gone.set(peerId, incarnation);
    this.watcher?.left(peerId);
    return true;
  }

  async renew(
    peerId: PeerId,
    incarnation: Incarnation,
    now: number,
    lease?: LeaseFacts,
  ): Promise<'renewed' | 'unknown' | 'stale' | 'overtaken'> {
    const peer = this.peers.get(peerId);
    if (peer === undefined || incarnation > peer.incarnation) return 'unknown';
    if (incarnation < peer.incarnation) return 'stale';
    if (lease !== undefined && lease.sequence < (this.leases.get(peerId) ?? 0)) return 'overtaken';
    if (lease !== undefined) this.leases.set(peerId, lease.sequence);
    const { serving, storage = peer.storage } = lease ?? peer;
    this.peers.set(peerId, { ...peer, serving, leaseAt: now, storage });
    return 'renewed';
  }

  async setReachable(peerId: PeerId, incarnation: Incarnation, reachable: boolean): Promise<boolean> {
    const peer = this.peers.get(peerId);
    if (peer?.incarnation !== incarnation) return false;
    this.peers.set(peerId, { ...peer, reachable });
    return true;
  }

  async find(peerIds: readonly PeerId[]): Promise<PeerRecord[]> {
    return peerIds.map((peerId) => this.peers.get(peerId)).filter((peer) => peer !== undefined);
  }

  async findByName(names: readonly string[]): Promise<PeerRecord[]> {
    const newest = (name: string): PeerRecord | undefined =>
      [...this.peers.values()]
        .filter((peer) => peer.name === name)
        .sort((a, b) => b.joinedAt - a.joinedAt)[0];
    return names.map(newest).filter((peer) => peer !== undefined);
  }

  async sampleLive(count: number, exclude: ReadonlySet<PeerId>): Promise<PeerRecord[]> {
    const live = [...this.peers.values()].filter((peer) => isLive(peer) && !exclude.has(peer.peerId));
    return sample(live, count, this.random);
  }

  async list(after: PeerId | undefined, limit: number): Promise<PeerRecord[]> {
    const ordered = [...this.peers.values()].sort((a, b) => (a.peerId < b.peerId ? -1 : 1));
    return ordered.filter((peer) => after === undefined || peer.peerId > after).slice(0, limit);
  }

  async count(): Promise<number> {
    return this.peers.size;
  }

  async roster(): Promise<RosterPeer[]> {
    return [...this.known.values()].sort((a, b) => (a.peerId < b.peerId ? -1 : 1));
  }

  async lapsed(moment: number, limit: number): Promise<PeerRecord[]> {
    const late = [...this.peers.values()].filter((peer) => peer.leaseAt < moment);
    return late.sort((a, b) => a.leaseAt - b.leaseAt).slice(0, limit);
  }

  /** The peer as it is now; for the memory of holders. */
  peek(peerId: PeerId): PeerRecord | undefined {
    return this.peers.get(peerId);
  }
}

export const isLive = (peer: PeerRecord): boolean => peer.reachable && peer.serving;
