import { Bitfield, seededRandom, type PeerId, type Random } from '#core';
import { SimAnchor } from './anchor.js';
import { Connection } from './connection.js';
import type { Surroundings } from './host.js';
import { Peer } from './peer.js';
import type { Network, SimPeer } from './peer-port.js';
import { Pipe } from './pipe.js';
import { MESH_DEFAULTS, type HostPlan, type NetworkPlan } from './plan.js';
import { Routes } from './route.js';
import { VirtualTime } from './virtual-time.js';

/** Verifying and writing: a constant and about 1 GB/s. */
const VERIFY_MS = 0.2;
const VERIFY_BYTES_PER_MS = 1_000_000;
/** Events between two looks at a run. */
const WATCH_EVENTS = 65_536;

/** A swarm of peers behind links of given rates, latency and loss, on virtual time, repeatable by its seed. */
export class World implements Network, Surroundings {
  readonly time = new VirtualTime();
  readonly random: Random;
  readonly routes: Routes;
  readonly anchor: SimAnchor;
  readonly seeders: readonly Peer[];
  readonly peers: readonly Peer[];
  /** When each peer was complete. */
  readonly ends = new Map<Peer, number>();
  private readonly byId = new Map<PeerId, Peer>();
  private readonly plans = new Map<Peer, HostPlan>();
  private dials = 0;
  private waitedFor = 0;

  constructor(readonly plan: NetworkPlan) {
    this.random = seededRandom(plan.seed);
    this.routes = new Routes(plan, (rate) => new Pipe(rate));
    this.anchor = new SimAnchor({
      time: this.time,
      random: seededRandom(this.newSeed()),
      latency: plan.latency,
      handout: plan.mesh?.handout ?? MESH_DEFAULTS.handout,
      addressOf: (id) => this.present(id)?.address,
    });
    this.seeders = plan.seeders.map((host, index) => this.add(`s${index}`, host, true));
    this.peers = plan.peers.map((host, index) => this.add(`p${index}`, host, false));
  }

  /**
   * Runs until every peer that stays is complete, or the limit is passed.
   * @param watch called now and then while it runs
   */
  run(watch: () => void = () => undefined): void {
    for (const [peer, host] of this.plans) this.schedule(peer, host);
    this.waitedFor = this.peers.filter((peer) => this.stays(peer)).length;
    let steps = 0;
    this.time.run(this.plan.limit, () => {
      if (++steps % WATCH_EVENTS === 0) watch();
      return this.waitedFor === 0;
    });
    for (const peer of this.peers) this.countAcknowledgements(peer);
  }

  planOf(peer: Peer): HostPlan {
    return this.plans.get(peer) as HostPlan;
  }

  /** It neither dies nor freezes for good. */
  stays(peer: Peer): boolean {
    const { diesAt, freezesAt, thawsAt } = this.planOf(peer);
    return diesAt === undefined && (freezesAt === undefined || thawsAt !== undefined);
  }

  dial(from: SimPeer, to: PeerId): void {
    const peer = this.byId.get(to) as Peer;
    const conn = new Connection<SimPeer>(this, String(this.dials++), from, peer);
    const { accepted } = { ...MESH_DEFAULTS, ...this.plan.mesh };
    from.counts.messages += 3;
    this.time.after(2.5 * conn.roundTripMs, () => {
      if (from.isAway) return;
      if (peer.isAway || peer.uploads.links.size >= accepted) return this.reject(conn);
      const has = from.swarm.have.clone();
      peer.awake(() => peer.onOpen(conn, has));
    });
  }

  close(conn: Connection<SimPeer>, by: SimPeer): void {
    if (!conn.isOpenAt(by)) return;
    const other = conn.downloader === by ? conn.uploader : conn.downloader;
    conn.closeAt(by);
    by.onClosed(conn);
    const told = (): void => {
      conn.closeAt(other);
      other.onClosed(conn);
    };
    conn.say(by, () => conn.isOpenAt(other) && told());
  }

  completed(peer: SimPeer): void {
    const ended = peer as Peer;
    if (this.ends.has(ended) || !this.byId.has(peer.id)) return;
    this.ends.set(ended, this.time.now);
    if (this.plans.get(ended) !== undefined && !this.seeders.includes(ended) && this.stays(ended))
      this.waitedFor--;
  }

  private reject(conn: Connection<SimPeer>): void {
    this.time.after(conn.roundTripMs / 2, () =>
      conn.downloader.awake(() => conn.downloader.onRejected(conn)),
    );
  }

  private present(id: PeerId): Peer | undefined {
    const peer = this.byId.get(id);
    return peer === undefined || peer.isAway ? undefined : peer;
  }

  private add(name: string, host: HostPlan, seeds: boolean): Peer {
    const { plan } = this;
    const { chunkCount, chunkBytes, lastChunkBytes = chunkBytes } = plan;
    const peer = new Peer(this, this, {
      id: name as PeerId,
      rack: host.rack ?? 0,
      up: host.up ?? plan.rate,
      down: host.down ?? plan.rate,
      have: seeds ? Bitfield.full(chunkCount) : (host.have ?? new Bitfield(chunkCount)),
      wanted: host.wanted,
      grantsFrom: seeds && plan.grants ? Math.floor(this.random() * chunkCount) : undefined,
      lies: host.lies ?? 0,
      random: seededRandom(this.newSeed()),
      bytesOf: (chunk) => (chunk === chunkCount - 1 ? lastChunkBytes : chunkBytes),
      verifyMs: plan.verifyMs ?? VERIFY_MS + chunkBytes / VERIFY_BYTES_PER_MS,
    });
    this.byId.set(peer.id, peer);
    this.plans.set(peer, host);
    return peer;
  }

  private schedule(peer: Peer, host: HostPlan): void {
    const { joinsAt = 0, diesAt, freezesAt, thawsAt } = host;
    this.time.after(joinsAt, () => peer.join());
    if (diesAt !== undefined) this.time.after(diesAt, () => this.die(peer));
    if (freezesAt !== undefined) this.time.after(freezesAt, () => peer.freeze());
    if (thawsAt !== undefined) this.time.after(thawsAt, () => peer.thaw());
  }

  private die(peer: Peer): void {
    peer.leave();
    this.anchor.left(peer.id);
  }

  private countAcknowledgements(peer: Peer): void {
    const { joinsAt = 0 } = this.planOf(peer);
    const busy = (this.ends.get(peer) ?? this.time.now) - joinsAt;
    this.anchor.countAcknowledgements(this.peers.length, busy, peer.swarm.have.count);
  }

  private newSeed(): number {
    return Math.floor(this.random() * 2 ** 32);
  }
}
