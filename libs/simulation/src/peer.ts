import { sample, type Bitfield, type PeerId } from '#core';
import { announceDelay, DownloadSwarm, hasRoom, type DialAddress } from '#swarm';
import type { Connection } from './connection.js';
import { Counts, type Surroundings } from './host.js';
import type { Announced, Network, PeerParts, Piece, SimPeer } from './peer-port.js';
import { Pipe } from './pipe.js';
import { Post } from './post.js';
import { MESH_DEFAULTS } from './plan.js';
import { SimSources } from './sim-sources.js';
import { SimUploads } from './sim-uploads.js';
import { Uplink } from './uplink.js';

/** `news` itself when all of it is. */
const unknownTo = (has: Bitfield, news: readonly number[]): readonly number[] =>
  news.some((chunk) => has.has(chunk)) ? news.filter((chunk) => !has.has(chunk)) : news;

/** A peer of the simulation: the policy objects of the real one, around links of virtual time. */
export class Peer implements SimPeer {
  readonly id: PeerId;
  readonly rack: number;
  readonly address: DialAddress;
  readonly swarm: DownloadSwarm;
  readonly uploads: SimUploads;
  readonly sources: SimSources;
  readonly uplink: Uplink;
  readonly downlink: Pipe;
  readonly counts = new Counts();
  isAway = true;
  private isFrozen = false;
  private asleep: (() => void)[] = [];
  private news: number[] = [];
  private begunAt = 0;
  private timerAt = Infinity;
  private tellsAnchor = true;

  constructor(
    private readonly net: Network,
    private readonly around: Surroundings,
    private readonly parts: PeerParts,
  ) {
    const { time, plan } = around;
    this.id = parts.id;
    this.rack = parts.rack;
    this.address = { peerId: parts.id, incarnation: 1, host: `rack${parts.rack}`, port: 1 };
    this.swarm = new DownloadSwarm({
      chunkCount: plan.chunkCount,
      chunkBytes: parts.bytesOf,
      have: parts.have,
      ...(parts.wanted === undefined ? {} : { wanted: parts.wanted }),
      self: parts.id,
      random: parts.random,
      settings: plan.download ?? {},
    });
    this.uplink = new Uplink(time, parts.up, () => this.isAway || this.isFrozen);
    this.downlink = new Pipe(parts.down);
    this.uploads = new SimUploads(this, around, parts);
    this.sources = new SimSources(this, around, net);
  }

  /** Comes to the network and, unless it has all, asks an anchor where to get the rest. */
  join(): void {
    this.isAway = false;
    this.begunAt = this.around.time.now;
    if (!this.swarm.have.isEmpty) this.net.anchor.holds(this.id, this.swarm.have.isFull);
    if (this.swarm.isComplete) return this.net.completed(this);
    this.net.anchor.ask(this.id, new Set(), (holders) => this.awake(() => this.onPeers(holders)));
  }

  /** Dies: whoever is connected learns it a latency later. */
  leave(): void {
    this.isAway = true;
    this.asleep = [];
    for (const conn of [...this.sources.links.values(), ...this.uploads.links.values()])
      this.net.close(conn, this);
    this.sources.links.clear();
    this.uploads.links.clear();
  }

  freeze(): void {
    this.isFrozen = true;
  }

  thaw(): void {
    this.isFrozen = false;
    const asleep = this.asleep;
    this.asleep = [];
    for (const run of asleep) run();
    this.uplink.pump();
    this.act();
  }

  awake(run: () => void): void {
    if (this.isAway) return;
    if (this.isFrozen) this.asleep.push(run);
    else run();
  }

  /** Decides and sends until nothing is left to do now. */
  private act(): void {
    if (this.isAway || this.isFrozen) return;
    if (!this.swarm.isComplete) {
      this.sources.apply(this.swarm.decide(this.around.time.now));
      this.sources.dial();
    }
    if (this.uploads.mayStart) this.uploads.pump();
    if (this.around.plan.checked === true) this.check();
    this.setTimer();
  }

  onOpen(conn: Connection<SimPeer>, has: Bitfield): void {
    if (!this.hasRoom) return this.refuse(conn);
    this.uploads.open(conn, has);
    const facts = this.uploads.announcement();
    conn.toDownloader(() => conn.downloader.onOpened(conn, facts));
    if (this.swarm.isComplete) return this.act();
    this.sources.met(conn.downloader.address);
    this.act();
  }

  private get hasRoom(): boolean {
    const { downloaders, partialDownloaders } = { ...MESH_DEFAULTS, ...this.around.plan.mesh };
    const { size } = this.uploads.links;
    return hasRoom(this.swarm.have.isFull, size, { complete: downloaders, partial: partialDownloaders });
  }

  private refuse(conn: Connection<SimPeer>): void {
    const others = this.knownPeers(conn.downloader.id);
    conn.toDownloader(() => conn.downloader.onBusy(conn, others));
    if (this.swarm.isComplete) return;
    this.sources.met(conn.downloader.address);
    this.act();
  }

  onRequest(conn: Connection<SimPeer>, chunks: readonly number[]): void {
    this.uploads.request(conn, chunks);
    this.act();
  }

  onCancel(conn: Connection<SimPeer>, chunks: readonly number[]): void {
    this.uploads.cancel(conn, chunks);
    this.act();
  }

  onGetPeers(conn: Connection<SimPeer>): void {
    const peers = this.knownPeers(conn.downloader.id);
    conn.toDownloader(() => conn.downloader.onHearsay(peers));
  }

  private knownPeers(asker: PeerId): DialAddress[] {
    const known = new Map<PeerId, DialAddress>();
    for (const { uploader } of this.sources.links.values()) known.set(uploader.id, uploader.address);
    for (const { downloader } of this.uploads.links.values()) known.set(downloader.id, downloader.address);
    known.delete(asker);
    const { handout } = { ...MESH_DEFAULTS, ...this.around.plan.mesh };
    return sample([...known.values()], handout, this.parts.random);
  }

  onOpened(conn: Connection<SimPeer>, facts: Announced): void {
    if (this.swarm.isComplete) return this.net.close(conn, this);
    this.sources.opened(conn, facts);
    this.act();
  }

  onRejected(conn: Connection<SimPeer>): void {
    this.sources.ended(conn.uploader.id, undefined);
    this.act();
  }

  onBusy(conn: Connection<SimPeer>, others: readonly DialAddress[]): void {
    this.sources.busy(conn.uploader.id);
    this.onHearsay(others);
  }

  onBitfield(conn: Connection<SimPeer>, facts: Announced): void {
    this.sources.announced(conn, facts);
    this.act();
  }

  onNone(conn: Connection<SimPeer>): void {
    this.swarm.noneToGrant(conn.uploader.id, this.around.time.now);
    this.act();
  }

  onRefused(conn: Connection<SimPeer>, chunk: number, busy: boolean): void {
    this.swarm.chunkRefused(conn.uploader.id, chunk, this.around.time.now, busy ? 'busy' : 'not-held');
    this.act();
  }

  onPeers(addresses: readonly DialAddress[]): void {
    this.sources.add(addresses);
    this.act();
  }

  onHearsay(addresses: readonly DialAddress[]): void {
    this.sources.hearOf(addresses);
    this.act();
  }

  onHave(from: PeerId, chunks: readonly number[]): void {
    this.uploads.heard(from, chunks);
    const conn = this.sources.links.get(from);
    const isNews = conn !== undefined && this.sources.have(conn, chunks);
    if (isNews || this.uploads.mayStart) this.act();
  }

  onClosed(conn: Connection<SimPeer>): void {
    if (conn.downloader === this) this.sources.ended(conn.uploader.id, conn);
    else this.uploads.closed(conn);
    this.act();
  }

  onPiece(conn: Connection<SimPeer>, piece: Piece): void {
    const { chunk, bytes, isFirst, isLast } = piece;
    const { now } = this.around.time;
    const from = conn.uploader.id;
    if (isFirst && this.swarm.chunkBegan(from, chunk, now) === 'unasked') this.counts.unasked++;
    this.swarm.bytesArrived(from, bytes, now);
    if (isLast) this.onChunk(conn, piece);
    if (isFirst || isLast) this.act();
  }

  private onChunk(conn: Connection<SimPeer>, { chunk, right }: Piece): void {
    const from = conn.uploader.id;
    const verdict = this.swarm.chunkArrived(from, chunk, this.around.time.now);
    if (verdict === 'unasked') this.counts.unasked++;
    if (verdict !== 'wanted') return this.acknowledge(conn, chunk);
    this.around.time.after(this.parts.verifyMs, () => {
      this.awake(() => (right ? this.onRight(conn, chunk) : this.onWrong(from, chunk)));
    });
  }

  private onRight(conn: Connection<SimPeer>, chunk: number): void {
    this.swarm.chunkVerified(conn.uploader.id, chunk, this.around.time.now);
    this.acknowledge(conn, chunk);
    this.tellAnchor();
    this.announceSoon(chunk);
    if (this.swarm.isComplete) this.complete();
    this.act();
  }

  private onWrong(from: PeerId, chunk: number): void {
    this.counts.wrong++;
    this.swarm.chunkRejected(from, chunk, this.around.time.now);
    this.act();
  }

  private complete(): void {
    this.announce();
    this.net.completed(this);
    for (const conn of this.sources.links.values()) this.net.close(conn, this);
    this.sources.links.clear();
  }

  private tellAnchor(): void {
    if (!this.tellsAnchor && !this.swarm.isComplete) return;
    this.tellsAnchor = false;
    this.net.anchor.holds(this.id, this.swarm.have.isFull);
  }

  /** At once to the sender, also for a chunk that came twice. */
  private acknowledge(conn: Connection<SimPeer>, chunk: number): void {
    if (!conn.isOpenAt(this) || !this.swarm.have.has(chunk)) return;
    conn.toUploader(() => conn.uploader.onHave(this.id, [chunk]));
  }

  private announceSoon(chunk: number): void {
    this.news.push(chunk);
    if (this.news.length > 1) return;
    const share = this.swarm.have.count / this.around.plan.chunkCount;
    this.around.time.after(announceDelay(this.around.time.now - this.begunAt, share), () => {
      this.awake(() => this.announce());
    });
  }

  private announce(): void {
    const news = this.news;
    this.news = [];
    if (news.length === 0) return;
    const post = new Post(this.around.time);
    for (const conn of this.sources.links.values()) {
      const unknown = conn.granting ? news : unknownTo(conn.uploaderHas, news);
      if (unknown.length > 0) post.add(conn.messageThere(() => conn.uploader.onHave(this.id, unknown)));
    }
    for (const conn of this.uploads.links.values()) {
      if (this.sources.links.has(conn.downloader.id)) continue;
      const unknown = unknownTo(conn.downloaderHas, news);
      if (unknown.length > 0) post.add(conn.messageBack(() => conn.downloader.onHave(this.id, unknown)));
    }
    post.send();
  }

  private check(): void {
    this.swarm.checkInvariants();
    this.uploads.queue.checkInvariants();
    this.uploads.pass?.checkInvariants();
  }

  private setTimer(): void {
    const { now } = this.around.time;
    const sendAt = this.uploads.queue.nextDecisionAt() ?? Infinity;
    const dialAt = this.swarm.isComplete ? Infinity : this.sources.dialAt;
    const at = Math.min(this.swarm.nextDecisionAt(now) ?? Infinity, sendAt, dialAt);
    if (at === Infinity || at >= this.timerAt) return;
    this.timerAt = at;
    this.around.time.at(at, () => {
      if (this.timerAt !== at) return;
      this.timerAt = Infinity;
      this.sources.retry();
      this.act();
    });
  }
}
