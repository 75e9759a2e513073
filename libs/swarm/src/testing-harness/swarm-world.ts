import { Bitfield, sample, seededRandom, type Random } from '#core';
import type { DownloadSettings, UploadSettings } from '../settings.js';
import { ringMesh } from './mesh.js';
import { SimNode } from './sim-node.js';
import type { Network, SimPeer } from './sim-ports.js';
import { VirtualTime } from './virtual-time.js';

export interface PeerPlan {
  /** Bytes a millisecond; the world's when left out. */
  readonly up?: number;
  readonly down?: number;
  /** When it joins; 0 when left out. */
  readonly joinsAt?: number;
  readonly diesAt?: number;
  /** Stops doing anything, connections stay open; undefined `thawsAt`: for ever. */
  readonly freezesAt?: number;
  readonly thawsAt?: number;
  /** Chance that a chunk it sends is wrong. */
  readonly lies?: number;
  readonly have?: Bitfield;
  readonly wanted?: Bitfield;
}

export interface WorldPlan {
  readonly seed: number;
  readonly chunkCount: number;
  readonly chunkBytes: number;
  /** Bytes of the last chunk; as the others when left out. */
  readonly lastChunkBytes?: number;
  /** Bytes a millisecond. */
  readonly rate: number;
  /** One way, milliseconds. */
  readonly latency: number;
  /** False: the seeders announce everything from the start. */
  readonly grants: boolean;
  readonly seeders: readonly PeerPlan[];
  readonly peers: readonly PeerPlan[];
  /** Links per peer beyond which the mesh is random (seeders are linked to all). */
  readonly links?: number;
  readonly verifyMs?: number;
  /** Virtual milliseconds after which the run gives up. */
  readonly limit: number;
  readonly download?: Partial<DownloadSettings>;
  readonly upload?: Partial<UploadSettings>;
  /** Default true: handshakes tell round trips. */
  readonly knowsRoundTrips?: boolean;
  /** Books are checked after every step (slow). */
  readonly checked?: boolean;
}

export interface WorldReport {
  /** When each peer was complete; undefined: not within the limit. */
  readonly ends: readonly (number | undefined)[];
  /** Bytes that each seeder sent, over the size of the file. */
  readonly seederShares: readonly number[];
  /** Wasted bytes over the bytes that all peers needed. */
  readonly waste: number;
  readonly nodes: readonly SimNode[];
  readonly steps: number;
}

/** 50 Mbit/s in bytes a millisecond. */
export const FIFTY_MBIT = 6_250;

/** A swarm of nodes with links of given rates and latency, on virtual time, repeatable by its seed. */
export class SwarmWorld implements Network {
  readonly time = new VirtualTime();
  private readonly random: Random;
  private readonly nodes: SimNode[] = [];
  private readonly plans = new Map<string, PeerPlan>();
  private readonly byId = new Map<string, SimNode>();
  private readonly joined = new Set<string>();
  private readonly mesh = new Map<string, ReadonlySet<string>>();
  private readonly bans = new Map<string, number>();
  private readonly ends = new Map<string, number>();
  private steps = 0;

  constructor(private readonly plan: WorldPlan) {
    this.random = seededRandom(plan.seed);
    plan.seeders.forEach((peer, index) => this.add(`s${index}`, peer, index));
    plan.peers.forEach((peer, index) => this.add(`p${index}`, peer, undefined));
    ringMesh(plan.peers.length, plan.links ?? 16, this.random).forEach((others, peer) => {
      this.mesh.set(`p${peer}`, new Set(others.map((other) => `p${other}`)));
    });
  }

  run(): WorldReport {
    for (const node of this.nodes) this.schedule(node);
    const peers = this.nodes.slice(this.plan.seeders.length);
    this.time.run(this.plan.limit, () =>
      peers.every((peer) => this.ends.has(peer.id) || this.isGoneForGood(peer)),
    );
    return this.report(peers);
  }

  tell(from: string, to: string, what: (other: SimPeer) => void): void {
    this.steps++;
    this.time.after(this.latency(from, to), () => {
      const other = this.byId.get(to);
      if (other?.peers.has(from) !== true) return;
      this.whenAwake(to, () => {
        if (other.peers.has(from)) what(other);
      });
    });
  }

  whenAwake(id: string, what: () => void): void {
    const { thawsAt } = this.planOf(id);
    if (!this.isStopped(id)) what();
    else if (this.joined.has(id) && thawsAt !== undefined) this.time.after(thawsAt - this.time.now, what);
  }

  latency(_from: string, _to: string): number {
    return this.plan.latency;
  }

  disconnect(id: string, other: string, banMs: number): void {
    this.bans.set(`${id}/${other}`, this.time.now + banMs);
    this.cut(id, other);
  }

  /** Sources come from nowhere else than the world: links that are missing and not banned are made. */
  sought(id: string): void {
    const node = this.byId.get(id) as SimNode;
    for (const other of this.nodes) {
      if (other !== node && this.joined.has(other.id)) this.link(node, other);
    }
  }

  isStopped(id: string): boolean {
    const { freezesAt = Infinity, thawsAt = Infinity } = this.planOf(id);
    const frozen = this.time.now >= freezesAt && this.time.now < thawsAt;
    return frozen || !this.joined.has(id);
  }

  completed(id: string): void {
    if (!this.ends.has(id)) this.ends.set(id, this.time.now);
  }

  private planOf(id: string): PeerPlan {
    return this.plans.get(id) as PeerPlan;
  }

  private add(id: string, peer: PeerPlan, seeder: number | undefined): void {
    const { chunkCount, chunkBytes, lastChunkBytes = chunkBytes, seeders } = this.plan;
    const start = Math.floor((chunkCount * (seeder ?? 0)) / Math.max(1, seeders.length));
    const node = new SimNode(this, {
      id,
      chunkCount,
      chunkBytes: (chunk) => (chunk === chunkCount - 1 ? lastChunkBytes : chunkBytes),
      have: seeder !== undefined ? Bitfield.full(chunkCount) : (peer.have ?? new Bitfield(chunkCount)),
      ...(peer.wanted === undefined ? {} : { wanted: peer.wanted }),
      up: peer.up ?? this.plan.rate,
      down: peer.down ?? this.plan.rate,
      ...(seeder !== undefined && this.plan.grants ? { grants: { start } } : {}),
      lies: peer.lies ?? 0,
      verifyMs: this.plan.verifyMs ?? 0.2,
      random: seededRandom(Math.floor(this.random() * 2 ** 32)),
      download: this.plan.download ?? {},
      upload: this.plan.upload ?? {},
      knowsRoundTrips: this.plan.knowsRoundTrips ?? true,
      checked: this.plan.checked ?? false,
    });
    this.nodes.push(node);
    this.byId.set(id, node);
    this.plans.set(id, peer);
  }

  private schedule(node: SimNode): void {
    const plan = this.planOf(node.id);
    this.time.after(plan.joinsAt ?? 0, () => this.join(node));
    if (plan.diesAt !== undefined) this.time.after(plan.diesAt, () => this.die(node));
    const { thawsAt } = plan;
    if (thawsAt === undefined) return;
    this.time.after(thawsAt, () => {
      node.uploads.uplink.pump();
      node.act();
    });
  }

  private join(node: SimNode): void {
    this.joined.add(node.id);
    const others = this.nodes.filter((other) => other !== node && this.joined.has(other.id));
    for (const other of this.neighbours(node, others)) this.link(node, other);
    node.start();
    if (node.swarm.isComplete) this.completed(node.id);
  }

  /** Seeders are linked to all. Who is there from the start is in the ring mesh; who comes later takes some at random. */
  private neighbours(node: SimNode, others: readonly SimNode[]): readonly SimNode[] {
    const { links = 16 } = this.plan;
    if (!this.mesh.has(node.id)) return others;
    const seeders = others.filter((other) => !this.mesh.has(other.id));
    const rest = others.filter((other) => this.mesh.has(other.id));
    const late = (this.planOf(node.id).joinsAt ?? 0) > 0;
    const mine = this.mesh.get(node.id) ?? new Set();
    return [
      ...seeders,
      ...(late ? sample(rest, links, this.random) : rest.filter((other) => mine.has(other.id))),
    ];
  }

  private link(a: SimNode, b: SimNode): void {
    if (a.peers.has(b.id) || this.isBanned(a.id, b.id)) return;
    const [ofA, ofB] = [a.uploads.announced, b.uploads.announced];
    a.connected(b.id, ofB);
    b.connected(a.id, ofA);
  }

  private isBanned(a: string, b: string): boolean {
    const until = Math.max(this.bans.get(`${a}/${b}`) ?? 0, this.bans.get(`${b}/${a}`) ?? 0);
    return this.time.now < until;
  }

  private die(node: SimNode): void {
    this.joined.delete(node.id);
    for (const peer of [...node.peers]) this.cut(node.id, peer);
  }

  private cut(a: string, b: string): void {
    this.byId.get(a)?.disconnected(b);
    this.byId.get(b)?.disconnected(a);
  }

  private isGoneForGood(node: SimNode): boolean {
    const { diesAt, freezesAt, thawsAt } = this.planOf(node.id);
    const { now } = this.time;
    return (
      (diesAt !== undefined && now >= diesAt) || (thawsAt === undefined && now >= (freezesAt ?? Infinity))
    );
  }

  private report(peers: readonly SimNode[]): WorldReport {
    const { chunkCount, chunkBytes } = this.plan;
    const size = chunkCount * chunkBytes;
    const wasted = peers.reduce((sum, peer) => sum + peer.swarm.tally.wastedBytes, 0);
    return {
      ends: peers.map((peer) => this.ends.get(peer.id)),
      seederShares: this.nodes
        .slice(0, this.plan.seeders.length)
        .map((seeder) => seeder.uploads.uplink.sentBytes / size),
      waste: wasted / (size * Math.max(1, peers.length)),
      nodes: this.nodes,
      steps: this.steps,
    };
  }
}
