import { Bitfield, type Random } from '#core';
import { announceDelay } from '../announce.js';
import { ANY, type Decision } from '../decision.js';
import { DownloadSwarm } from '../download-swarm.js';
import { GrantPass } from '../grant-pass.js';
import type { DownloadSettings, UploadSettings } from '../settings.js';
import { UploadQueue } from '../upload-queue.js';
import { Downlink, Uplink, type Block } from './link.js';
import type { VirtualTime } from './virtual-time.js';

/** One file for the whole simulation. */
export const FILE = 'file';
/** Data leaves in pieces of this size, as in the real peer. */
const BLOCK = 16_384;

export interface NodeOptions {
  readonly id: string;
  readonly chunkCount: number;
  readonly chunkBytes: (chunk: number) => number;
  readonly have: Bitfield;
  readonly wanted?: Bitfield;
  /** Bytes a millisecond. */
  readonly up: number;
  readonly down: number;
  /** Grants while it is the only complete copy; where its cursor starts. */
  readonly grants?: { readonly start: number };
  /** Chance that a chunk it sends is wrong. */
  readonly lies?: number;
  /** Time from the last byte of a chunk until it is verified and written, milliseconds. */
  readonly verifyMs: number;
  readonly random: Random;
  readonly download?: Partial<DownloadSettings>;
  readonly upload?: Partial<UploadSettings>;
  /** Sources are told their round trip, as from a handshake; else it is guessed. */
  readonly knowsRoundTrips: boolean;
  /** Books are checked after every step. */
  readonly checked: boolean;
}

/** How nodes reach each other; latency included. */
export interface Network {
  readonly time: VirtualTime;
  /** Runs at the other end of an open connection; lost when it closed meanwhile. */
  tell(from: SimNode, to: string, what: (other: SimNode) => void): void;
  latency(from: string, to: string): number;
  disconnect(node: SimNode, other: string, banMs: number): void;
  sought(node: SimNode): void;
  /** A frozen or dead node does nothing. */
  isStopped(node: SimNode): boolean;
  /** Runs now, or when the node thaws, or never. */
  whenAwake(node: SimNode, what: () => void): void;
  completed(node: SimNode): void;
}

/** A peer of the simulation: the same policy objects as in the real one, around links of virtual time. */
export class SimNode {
  readonly id: string;
  readonly swarm: DownloadSwarm;
  readonly uploads: UploadQueue;
  readonly pass: GrantPass | undefined;
  readonly uplink: Uplink;
  readonly downlink: Downlink;
  readonly peers = new Set<string>();
  readonly counts = { stalled: 0, cancelled: 0, closed: 0, sought: 0, unasked: 0, wrong: 0, hedged: 0 };
  readonly delivered = new Map<string, number>();
  private readonly sending = new Map<string, { cancelled: boolean }>();
  private readonly peerHas = new Map<string, Bitfield>();
  private news: number[] = [];
  private begunAt = 0;
  private timerAt = Infinity;
  private passAnnounced = false;

  constructor(
    private readonly net: Network,
    readonly options: NodeOptions,
  ) {
    this.id = options.id;
    this.swarm = new DownloadSwarm({ ...options, settings: options.download ?? {} });
    this.uploads = new UploadQueue({
      chunkBytes: (_file, chunk) => options.chunkBytes(chunk === ANY ? 0 : chunk),
      settings: options.upload ?? {},
    });
    this.pass = options.grants && new GrantPass(options.chunkCount, options.grants);
    this.uplink = new Uplink(net.time, options.up, () => net.isStopped(this));
    this.downlink = new Downlink(net.time, options.down);
  }

  get isGranting(): boolean {
    return this.pass !== undefined && !this.pass.isOver;
  }

  /** What it shows: nothing while it grants. */
  get shown(): Bitfield {
    return this.isGranting ? new Bitfield(this.options.chunkCount) : this.swarm.have;
  }

  start(): void {
    this.begunAt = this.net.time.now;
    this.act();
  }

  connected(other: SimNode): void {
    this.peers.add(other.id);
    this.peerHas.set(other.id, other.shown.clone());
    for (const chunk of other.shown) this.pass?.seenElsewhere(chunk, other.id);
    this.swarm.addSource(other.id, this.factsOf(other), this.net.time.now);
    this.act();
  }

  disconnected(other: string): void {
    this.peers.delete(other);
    this.peerHas.delete(other);
    this.uplink.closeFlow(other);
    this.uploads.closed(other);
    this.pass?.askerGone(other);
    this.swarm.removeSource(other, this.net.time.now);
    this.act();
  }

  /** Decides and sends until nothing is left to do now. */
  act(): void {
    if (this.net.isStopped(this)) return;
    for (const decision of this.swarm.decide(this.net.time.now)) this.carryOut(decision);
    this.sendNext();
    if (this.options.checked) this.check();
    this.setTimer();
  }

  private check(): void {
    this.swarm.checkInvariants();
    this.uploads.checkInvariants();
    this.pass?.checkInvariants();
  }

  private setTimer(): void {
    const { now } = this.net.time;
    const at = Math.min(
      this.swarm.nextDecisionAt(now) ?? Infinity,
      this.uploads.nextDecisionAt() ?? Infinity,
    );
    if (at === Infinity || at >= this.timerAt) return;
    this.timerAt = at;
    this.net.time.after(at - now, () => {
      if (this.timerAt !== at) return;
      this.timerAt = Infinity;
      this.act();
    });
  }

  private carryOut(decision: Decision): void {
    switch (decision.kind) {
      case 'request':
        this.net.tell(this, decision.source, (other) => other.onRequest(this.id, decision.chunk));
        return;
      case 'request-any':
        this.net.tell(this, decision.source, (other) => other.onRequest(this.id, ANY));
        return;
      case 'cancel':
        this.counts.cancelled++;
        this.net.tell(this, decision.source, (other) => other.onCancel(this.id, decision.chunk));
        return;
      case 'stalled':
        this.counts.stalled++;
        return;
      case 'close':
        this.counts.closed++;
        this.net.disconnect(this, decision.source, decision.banMs);
        return;
      case 'seek-sources':
        this.counts.sought++;
        this.net.sought(this);
    }
  }

  // The uploading side.

  private onRequest(from: string, chunk: number): void {
    const mayGive = chunk === ANY || this.swarm.have.has(chunk);
    if (!mayGive || this.uploads.request(from, FILE, chunk) === 'refused') {
      this.net.tell(this, from, (other) => other.onRefused(this.id, chunk, mayGive));
    }
    this.act();
  }

  private onCancel(from: string, chunk: number): void {
    this.uploads.cancel(from, FILE, chunk);
    const sending = this.sending.get(`${from}/${chunk}`);
    if (sending !== undefined) sending.cancelled = true;
    this.act();
  }

  private sendNext(): void {
    for (let sends = this.uploads.next(this.net.time.now); sends.length > 0;) {
      for (const { conn, chunk } of sends) this.begin(conn, chunk);
      sends = this.uploads.next(this.net.time.now);
    }
    this.announceEndOfPass();
  }

  private begin(to: string, asked: number): void {
    let chunk: number | undefined = asked;
    if (asked === ANY) {
      chunk = this.pass?.grant(this.peerHas.get(to), to);
      this.uploads.granted(to, FILE, chunk);
    } else this.pass?.gave(asked, to);
    if (chunk === undefined) this.net.tell(this, to, (other) => other.onNone(this.id));
    else this.send(to, chunk);
  }

  private announceEndOfPass(): void {
    if (this.pass?.isOver !== true || this.passAnnounced) return;
    this.passAnnounced = true;
    for (const peer of this.peers) {
      this.net.tell(this, peer, (other) => other.onBitfield(this.id, this.factsForOthers()));
    }
  }

  private send(to: string, chunk: number): void {
    const sending = { cancelled: false };
    const right = this.options.random() >= (this.options.lies ?? 0);
    this.sending.set(`${to}/${chunk}`, sending);
    const size = this.options.chunkBytes(chunk);
    const blocks: Block[] = [];
    for (let offset = 0; offset < size; offset += BLOCK) {
      const bytes = Math.min(BLOCK, size - offset);
      const isFirst = offset === 0;
      const isLast = offset + bytes === size;
      blocks.push({
        bytes,
        isCancelled: () => sending.cancelled,
        arrive: () => this.deliver(to, chunk, bytes, isFirst, isLast ? right : undefined),
      });
    }
    this.uplink.send(to, blocks);
  }

  private deliver(
    to: string,
    chunk: number,
    bytes: number,
    isFirst: boolean,
    whole: boolean | undefined,
  ): void {
    this.net.tell(this, to, (other) =>
      other.downlink.receive(bytes, () =>
        this.net.whenAwake(other, () => other.onBlock(this.id, chunk, bytes, isFirst, whole)),
      ),
    );
  }

  // The downloading side.

  private onBlock(
    from: string,
    chunk: number,
    bytes: number,
    isFirst: boolean,
    right: boolean | undefined,
  ): void {
    if (!this.peers.has(from)) return;
    const { now } = this.net.time;
    if (isFirst && this.swarm.chunkBegan(from, chunk, now) === 'unasked') this.counts.unasked++;
    this.swarm.bytesArrived(from, bytes, now);
    if (right !== undefined) this.onChunk(from, chunk, right);
    if (isFirst || right !== undefined) this.act();
  }

  private onChunk(from: string, chunk: number, right: boolean): void {
    const verdict = this.swarm.chunkArrived(from, chunk, this.net.time.now);
    if (verdict === 'unasked') this.counts.unasked++;
    if (verdict !== 'wanted') return this.acknowledge(from, chunk);
    this.net.time.after(this.options.verifyMs, () => {
      this.net.whenAwake(this, () => this.onVerified(from, chunk, right));
    });
  }

  private onVerified(from: string, chunk: number, right: boolean): void {
    const { now } = this.net.time;
    if (!right) {
      this.counts.wrong++;
      this.swarm.chunkRejected(from, chunk, now);
      this.act();
      return;
    }
    this.swarm.chunkVerified(from, chunk, now);
    this.delivered.set(from, (this.delivered.get(from) ?? 0) + 1);
    this.acknowledge(from, chunk);
    this.announceSoon(chunk);
    if (this.swarm.isComplete) this.net.completed(this);
    this.act();
  }

  private acknowledge(to: string, chunk: number): void {
    if (this.swarm.have.has(chunk)) this.net.tell(this, to, (other) => other.onHave(this.id, [chunk]));
  }

  private announceSoon(chunk: number): void {
    this.news.push(chunk);
    if (this.news.length > 1) return;
    const share = this.swarm.have.count / this.options.chunkCount;
    this.net.time.after(announceDelay(this.net.time.now - this.begunAt, share), () => {
      this.net.whenAwake(this, () => this.announce());
    });
  }

  private announce(): void {
    const news = this.news;
    this.news = [];
    for (const peer of this.peers) {
      const unknown = news.filter((chunk) => this.peerHas.get(peer)?.has(chunk) !== true);
      if (unknown.length > 0) this.net.tell(this, peer, (other) => other.onHave(this.id, unknown));
    }
  }

  private onHave(from: string, chunks: readonly number[]): void {
    for (const chunk of chunks) {
      this.peerHas.get(from)?.set(chunk);
      this.pass?.seenElsewhere(chunk, from);
      this.uploads.acknowledged(from, FILE, chunk);
      this.swarm.sourceHas(from, [{ start: chunk, end: chunk + 1 }], this.net.time.now);
    }
    this.act();
  }

  private onBitfield(from: string, facts: { has: Bitfield; granting: boolean }): void {
    this.peerHas.set(from, facts.has.clone());
    this.swarm.sourceBitfield(from, facts, this.net.time.now);
    this.act();
  }

  private onNone(from: string): void {
    this.swarm.noneToGrant(from, this.net.time.now);
    this.act();
  }

  private onRefused(from: string, chunk: number, busy: boolean): void {
    this.swarm.chunkRefused(from, chunk, this.net.time.now, busy ? 'busy' : 'not-held');
    this.act();
  }

  private factsForOthers(): { has: Bitfield; granting: boolean } {
    return { has: this.shown.clone(), granting: this.isGranting };
  }

  private factsOf(other: SimNode): { has: Bitfield; granting: boolean; roundTripMs?: number } {
    const roundTripMs = 2 * this.net.latency(this.id, other.id);
    return { ...other.factsForOthers(), ...(this.options.knowsRoundTrips ? { roundTripMs } : {}) };
  }
}
