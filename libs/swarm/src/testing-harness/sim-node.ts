import { announceDelay } from '../announce.js';
import { ANY, type Decision } from '../decision.js';
import { DownloadSwarm } from '../download-swarm.js';
import { Downlink } from './link.js';
import type { Announced, Network, NodeOptions, SentBlock, SimPeer } from './sim-ports.js';
import { SimUploader } from './sim-uploader.js';

/** A peer of the simulation: the same policy objects as in the real one, around links of virtual time. */
export class SimNode implements SimPeer {
  readonly id: string;
  readonly swarm: DownloadSwarm;
  readonly uploads: SimUploader;
  readonly downlink: Downlink;
  readonly peers = new Set<string>();
  /** What happened here, for tests and reports. */
  readonly counts = { stalled: 0, cancelled: 0, closed: 0, sought: 0, unasked: 0, wrong: 0 };
  private news: number[] = [];
  private begunAt = 0;
  private timerAt = Infinity;

  constructor(
    private readonly net: Network,
    private readonly options: NodeOptions,
  ) {
    this.id = options.id;
    this.swarm = new DownloadSwarm({ ...options, settings: options.download ?? {} });
    this.uploads = new SimUploader(net, options, this.swarm.have);
    this.downlink = new Downlink(net.time, options.down);
  }

  start(): void {
    this.begunAt = this.net.time.now;
    this.act();
  }

  connected(other: string, announced: Announced): void {
    const roundTripMs = 2 * this.net.latency(this.id, other);
    const facts = { ...announced, ...(this.options.knowsRoundTrips ? { roundTripMs } : {}) };
    this.peers.add(other);
    this.uploads.connected(other, announced.has);
    this.swarm.addSource(other, facts, this.net.time.now);
    this.act();
  }

  disconnected(other: string): void {
    this.peers.delete(other);
    this.uploads.disconnected(other);
    this.swarm.removeSource(other, this.net.time.now);
    this.act();
  }

  /** Decides and sends until nothing is left to do now. */
  act(): void {
    if (this.net.isStopped(this.id)) return;
    for (const decision of this.swarm.decide(this.net.time.now)) this.carryOut(decision);
    this.uploads.pump();
    if (this.options.checked) this.check();
    this.setTimer();
  }

  onRequest(from: string, chunk: number): void {
    this.uploads.request(from, chunk);
    this.act();
  }

  onCancel(from: string, chunk: number): void {
    this.uploads.cancel(from, chunk);
    this.act();
  }

  onHave(from: string, chunks: readonly number[]): void {
    for (const chunk of chunks) {
      this.uploads.heard(from, chunk);
      this.swarm.sourceHas(from, [{ start: chunk, end: chunk + 1 }], this.net.time.now);
    }
    this.act();
  }

  onBitfield(from: string, facts: Announced): void {
    this.uploads.connected(from, facts.has);
    this.swarm.sourceBitfield(from, facts, this.net.time.now);
    this.act();
  }

  onNone(from: string): void {
    this.swarm.noneToGrant(from, this.net.time.now);
    this.act();
  }

  onRefused(from: string, chunk: number, busy: boolean): void {
    this.swarm.chunkRefused(from, chunk, this.net.time.now, busy ? 'busy' : 'not-held');
    this.act();
  }

  onBlock(from: string, { chunk, bytes, isFirst, right }: SentBlock): void {
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
      this.net.whenAwake(this.id, () => (right ? this.onRight(from, chunk) : this.onWrong(from, chunk)));
    });
  }

  private onRight(from: string, chunk: number): void {
    this.swarm.chunkVerified(from, chunk, this.net.time.now);
    this.acknowledge(from, chunk);
    this.announceSoon(chunk);
    if (this.swarm.isComplete) this.net.completed(this.id);
    this.act();
  }

  private onWrong(from: string, chunk: number): void {
    this.counts.wrong++;
    this.swarm.chunkRejected(from, chunk, this.net.time.now);
    this.act();
  }

  private carryOut(decision: Decision): void {
    switch (decision.kind) {
      case 'request':
        return this.net.tell(this.id, decision.source, (other) => other.onRequest(this.id, decision.chunk));
      case 'request-any':
        return this.net.tell(this.id, decision.source, (other) => other.onRequest(this.id, ANY));
      case 'cancel':
        this.counts.cancelled++;
        return this.net.tell(this.id, decision.source, (other) => other.onCancel(this.id, decision.chunk));
      case 'stalled':
        this.counts.stalled++;
        return;
      case 'close':
        this.counts.closed++;
        return this.net.disconnect(this.id, decision.source, decision.banMs);
      case 'seek-sources':
        this.counts.sought++;
        this.net.sought(this.id);
    }
  }

  /** At once to the sender, also for a chunk that came twice. */
  private acknowledge(to: string, chunk: number): void {
    if (this.swarm.have.has(chunk)) this.net.tell(this.id, to, (other) => other.onHave(this.id, [chunk]));
  }

  private announceSoon(chunk: number): void {
    this.news.push(chunk);
    if (this.news.length > 1) return;
    const share = this.swarm.have.count / this.options.chunkCount;
    this.net.time.after(announceDelay(this.net.time.now - this.begunAt, share), () => {
      this.net.whenAwake(this.id, () => this.announce());
    });
  }

  private announce(): void {
    const news = this.news;
    this.news = [];
    for (const peer of this.peers) {
      const unknown = news.filter((chunk) => !this.uploads.knows(peer, chunk));
      if (unknown.length > 0) this.net.tell(this.id, peer, (other) => other.onHave(this.id, unknown));
    }
  }

  private check(): void {
    this.swarm.checkInvariants();
    this.uploads.queue.checkInvariants();
    this.uploads.pass?.checkInvariants();
  }

  private setTimer(): void {
    const { now } = this.net.time;
    const sendAt = this.uploads.queue.nextDecisionAt() ?? Infinity;
    const at = Math.min(this.swarm.nextDecisionAt(now) ?? Infinity, sendAt);
    if (at === Infinity || at >= this.timerAt) return;
    this.timerAt = at;
    this.net.time.after(at - now, () => {
      if (this.timerAt !== at) return;
      this.timerAt = Infinity;
      this.act();
    });
  }
}
