import type { PeerId } from '#core';
import { ANY, Candidates, type Decision, type DialAddress } from '#swarm';
import type { Connection } from './connection.js';
import type { Surroundings } from './host.js';
import type { Announced, Network, SimPeer } from './peer-port.js';
import { MESH_DEFAULTS, type MeshLimits } from './plan.js';

/** The downloading side of a peer (the engine's `SwarmDriver`): whom to dial, what to ask for, where to find more. */
export class SimSources {
  readonly links = new Map<PeerId, Connection<SimPeer>>();
  private readonly candidates: Candidates;
  private readonly limits: MeshLimits;
  private askingAnchor = false;
  private anchorAskedAt = -Infinity;
  private fruitless = 0;
  private mayDial = false;
  /** When somebody may be dialled again. */
  dialAt = Infinity;

  constructor(
    private readonly self: SimPeer,
    private readonly around: Surroundings,
    private readonly net: Network,
  ) {
    this.limits = { ...MESH_DEFAULTS, ...around.plan.mesh };
    this.candidates = new Candidates(self.id, this.limits, ({ host }) => host === self.address.host);
  }

  add(addresses: Iterable<DialAddress>): void {
    for (const address of addresses) this.candidates.add(address);
    this.mayDial = true;
  }

  /** Other peers told of them. */
  hearOf(addresses: Iterable<DialAddress>): void {
    for (const address of addresses) this.candidates.hearOf(address);
    this.mayDial = true;
  }

  met(address: DialAddress): void {
    this.candidates.add(address);
    this.candidates.seen(address.peerId);
    this.mayDial = true;
  }

  opened(conn: Connection<SimPeer>, { has, granting }: Announced): void {
    const { now } = this.around.time;
    conn.uploaderHas = has;
    conn.granting = granting;
    this.links.set(conn.uploader.id, conn);
    const candidate = this.candidates.get(conn.uploader.id);
    if (candidate !== undefined) this.candidates.connected(candidate, granting || has.isFull);
    if (this.candidates.wantsMore) this.askPeer(conn);
    const facts = { has, granting, near: conn.uploader.rack === this.self.rack };
    const known = this.around.plan.knowsRoundTrips !== false;
    this.self.swarm.addSource(
      conn.uploader.id,
      { ...facts, ...(known ? { roundTripMs: conn.roundTripMs } : {}) },
      now,
    );
  }

  announced(conn: Connection<SimPeer>, { has, granting }: Announced): void {
    conn.uploaderHas = has;
    conn.granting = granting;
    this.self.swarm.sourceBitfield(conn.uploader.id, { has, granting }, this.around.time.now);
  }

  /** True when there may be something new to ask for. */
  have(conn: Connection<SimPeer>, chunks: readonly number[]): boolean {
    const { now } = this.around.time;
    let isNews = false;
    for (const chunk of chunks) {
      conn.uploaderHas.set(chunk);
      const range = { start: chunk, end: chunk + 1 };
      if (this.self.swarm.sourceHas(conn.uploader.id, [range], now)) isNews = true;
    }
    const candidate = conn.uploaderHas.isFull ? this.candidates.get(conn.uploader.id) : undefined;
    if (candidate !== undefined) candidate.complete = true;
    return isNews;
  }

  /** It answered that it has no room. */
  busy(peerId: PeerId): void {
    const candidate = this.candidates.get(peerId);
    if (candidate !== undefined) this.candidates.failed(candidate, this.around.time.now, false);
    this.mayDial = true;
  }

  /** `reached` false: there was no answer, or no room. */
  ended(peerId: PeerId, conn: Connection<SimPeer> | undefined): void {
    const { now } = this.around.time;
    const candidate = this.candidates.get(peerId);
    const wasOpen = conn !== undefined && this.links.get(peerId) === conn;
    if (wasOpen) {
      this.links.delete(peerId);
      this.self.swarm.removeSource(peerId, now);
    }
    if (candidate === undefined || (candidate.state === 'idle' && candidate.barredUntil > now)) return;
    if (wasOpen) this.candidates.lost(candidate, now);
    else this.candidates.failed(candidate, now, true);
    this.mayDial = true;
  }

  /** Carries out what the swarm decided, requests of one source in one message each. */
  apply(decisions: readonly Decision[]): void {
    const requests = new Map<PeerId, number[]>();
    for (const decision of decisions) {
      if (decision.kind === 'request') listFor(requests, decision.source as PeerId).push(decision.chunk);
      else if (decision.kind === 'request-any') listFor(requests, decision.source as PeerId).push(ANY);
      else this.applyRest(decision);
    }
    for (const [source, chunks] of requests) {
      const conn = this.links.get(source);
      conn?.toUploader(() => conn.uploader.onRequest(conn, chunks));
    }
  }

  dial(): void {
    const { now } = this.around.time;
    if (!this.mayDial) return;
    this.mayDial = false;
    for (const { address } of this.candidates.toDial(now)) this.net.dial(this.self, address.peerId);
    this.dialAt = this.candidates.nextAt(now) ?? Infinity;
  }

  /** The time came that `dialAt` said. */
  retry(): void {
    if (this.around.time.now >= this.dialAt) this.mayDial = true;
  }

  private applyRest(decision: Exclude<Decision, { kind: 'request' | 'request-any' }>): void {
    const { counts } = this.self;
    switch (decision.kind) {
      case 'cancel': {
        counts.cancelled++;
        const conn = this.links.get(decision.source as PeerId);
        return conn?.toUploader(() => conn.uploader.onCancel(conn, [decision.chunk]));
      }
      case 'stalled':
        counts.stalled++;
        return;
      case 'close':
        counts.closed++;
        return this.close(decision.source as PeerId, decision.banMs);
      case 'seek-sources':
        counts.sought++;
        return this.seek();
    }
  }

  private close(source: PeerId, banMs: number): void {
    const candidate = this.candidates.get(source);
    if (candidate !== undefined) this.candidates.barred(candidate, this.around.time.now, banMs);
    const conn = this.links.get(source);
    this.links.delete(source);
    if (conn !== undefined) this.net.close(conn, this.self);
  }

  private seek(): void {
    this.candidates.seek();
    this.mayDial = true;
    for (const conn of this.links.values()) this.askPeer(conn);
    this.askAnchor();
  }

  askPeer(conn: Connection<SimPeer>): void {
    const { now } = this.around.time;
    if (now - conn.askedForPeersAt < this.limits.getPeersMs) return;
    conn.askedForPeersAt = now;
    conn.toUploader(() => conn.uploader.onGetPeers(conn));
  }

  /** As the control plane does: one question at a time, a second apart, further apart while nobody is known. */
  private askAnchor(): void {
    const { time } = this.around;
    const pause = Math.min(10_000, 1_000 * 2 ** this.fruitless);
    if (this.askingAnchor || time.now - this.anchorAskedAt < pause) return;
    this.askingAnchor = true;
    this.anchorAskedAt = time.now;
    this.net.anchor.ask(this.self.id, new Set(this.candidates.useless(time.now)), (holders) => {
      this.askingAnchor = false;
      this.fruitless = holders.length > 0 ? 0 : this.fruitless + 1;
      this.self.awake(() => this.self.onPeers(holders));
    });
  }
}

const listFor = <K>(lists: Map<K, number[]>, key: K): number[] => {
  const known = lists.get(key);
  if (known !== undefined) return known;
  const list: number[] = [];
  lists.set(key, list);
  return list;
};
