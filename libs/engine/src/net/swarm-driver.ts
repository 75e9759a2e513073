import { Bitfield, shortId, ShoalError, type ChunkRange, type PeerId, type Random } from '#core';
import { ANY, Candidates, DownloadSwarm, type Arrival, type Decision, type SourceFacts } from '#swarm';
import type { Message, Open, RefuseReason } from '#wire';
import type { SourceAddress } from '../control.js';
import { ENGINE_LIMITS } from '../engine-limits.js';
import type { ChunkStore } from '../store/store.js';
import type { BufferPool } from './buffer-pool.js';
import { ChunkIntake } from './chunk-intake.js';
import type { Dialer } from './dialer.js';
import type { RateGate } from './rate-gate.js';
import { sendChunkLists } from './request-batch.js';
import type { Session } from './session.js';
import { SourceLink, type Announcement, type SourceCandidate, type SourceEvents } from './source-link.js';
import { SourceLinks } from './source-links.js';
import type { SourceReports } from './source-reports.js';
import { WakeTimer } from './wake-timer.js';

export interface DriverParts {
  readonly self: PeerId;
  /** Whether a host is in the same rack as this one. */
  readonly isNear: (host: string) => boolean;
  readonly store: ChunkStore;
  readonly pool: BufferPool;
  readonly dialer: Dialer;
  /** Limits that every received byte counts against. */
  readonly limits: readonly RateGate[];
  /** At those limits, and at the sources. */
  readonly priority: number;
  /** Milliseconds, monotonic. */
  readonly now: () => number;
  readonly random: Random;
  /** A chunk that was asked for is whole; answer with `verified` or `rejected`. */
  readonly whole: (link: SourceLink, chunk: number, buffer: Buffer) => void;
  readonly reports: SourceReports;
  /** More sources are needed: ask whoever may know some. */
  readonly seek: () => void;
  /** A message that has nothing to do with chunks. */
  readonly other: (session: Session, message: Message) => void;
}

/** Connects the swarm's decisions with the sources of one download: facts go in, requests, dials and reports come out. */
export class SwarmDriver implements SourceEvents {
  private swarm: DownloadSwarm;
  private readonly candidates: Candidates<SourceAddress>;
  readonly links = new SourceLinks();
  private readonly timer: WakeTimer;
  private deciding = false;
  private stopped = false;
  private askedPeersAt = -Infinity;
  private arrivedBefore = 0;

  constructor(private readonly parts: DriverParts) {
    this.timer = new WakeTimer(() => this.decide(), parts.now);
    this.candidates = new Candidates(parts.self, ENGINE_LIMITS, ({ host }) => parts.isNear(host));
    this.swarm = swarmOf(parts);
  }

  addSources(addresses: Iterable<SourceAddress>): void {
    for (const address of addresses) this.candidates.add(address);
    this.decideSoon();
  }

  /** Other peers say that these have the file. */
  hearOf(addresses: Iterable<SourceAddress>): void {
    for (const address of addresses) this.candidates.hearOf(address);
    this.decideSoon();
  }

  /** Somebody opened the file here to download it too: it is alive, and a source. */
  met(address: SourceAddress): void {
    this.candidates.add(address);
    this.candidates.seen(address.peerId);
    this.decideSoon();
  }

  /** Payload bytes that came, good or not. */
  get arrivedBytes(): number {
    return this.arrivedBefore + this.swarm.tally.arrived;
  }

  get sourceCount(): number {
    return this.swarm.sourceCount;
  }

  get isComplete(): boolean {
    return this.swarm.isComplete;
  }

  /** As far as it is remembered; a source may be gone when its last chunk is written. */
  addressOf(peerId: PeerId): SourceAddress {
    const known = this.candidates.get(peerId)?.address;
    return known ?? { peerId, incarnation: 0, name: shortId(peerId), host: '', port: 0 };
  }

  /** A source announced chunks on a connection that it dialled. */
  heard(peerId: PeerId, ranges: readonly ChunkRange[]): void {
    const link = this.links.get(peerId);
    if (link?.isOpen === true) this.have(link, ranges);
  }

  verified(peerId: PeerId, chunk: number): void {
    this.swarm.chunkVerified(peerId, chunk, this.parts.now());
    this.decideSoon();
  }

  rejected(peerId: PeerId, chunk: number): void {
    this.swarm.chunkRejected(peerId, chunk, this.parts.now());
    this.decideSoon();
  }

  /** Chunks that were held are not any more: starts over with what the store has now. */
  restart(): void {
    this.arrivedBefore = this.arrivedBytes;
    this.swarm = swarmOf(this.parts);
    for (const link of this.links.all()) {
      link.closedHere = true;
      this.candidates.lost(link.candidate, this.parts.now(), 0);
      link.session.close();
    }
    this.decideSoon();
  }

  /** Ends all connections. */
  stop(): void {
    this.stopped = true;
    this.timer.stop();
    this.links.closeAll(this.fileId);
  }

  opening(_link: SourceLink): Open {
    const { store, priority } = this.parts;
    return { type: 'open', fileId: this.fileId, downloads: true, priority, field: store.chunks.clone() };
  }

  opened(link: SourceLink, announcement: Announcement): void {
    this.learn(link, announcement);
    this.links.opened(link);
    if (this.candidates.wantsMore) link.session.send({ type: 'get-peers', fileId: this.fileId });
    const { roundTripMs } = link.session;
    const near = link.candidate.side === 'near';
    const facts = { ...factsOf(announcement), near, ...(roundTripMs === undefined ? {} : { roundTripMs }) };
    this.swarm.addSource(link.peerId, facts, this.parts.now());
    this.decideSoon();
  }

  announced(link: SourceLink, announcement: Announcement): void {
    this.learn(link, announcement);
    this.swarm.sourceBitfield(link.peerId, factsOf(announcement), this.parts.now());
    this.decideSoon();
  }

  have(link: SourceLink, ranges: readonly ChunkRange[]): void {
    const isNews = this.swarm.sourceHas(link.peerId, ranges, this.parts.now());
    for (const range of ranges) link.has.setRange(range);
    if (link.has.isFull) link.candidate.complete = true;
    if (isNews) this.decideSoon();
  }

  none(link: SourceLink): void {
    this.swarm.noneToGrant(link.peerId, this.parts.now());
    this.decideSoon();
  }

  refused(link: SourceLink, chunk: number, reason: RefuseReason): void {
    link.intake.drop(chunk);
    this.swarm.chunkRefused(link.peerId, chunk, this.parts.now(), reason);
    this.decideSoon();
  }

  received(link: SourceLink, bytes: number): void {
    const { limits, priority } = this.parts;
    const paying = limits.flatMap((limit) => limit.took(bytes, priority) ?? []);
    if (paying.length === 0) return;
    const { session } = link;
    session.hold('rate');
    void Promise.all(paying).then(() => session.release('rate'));
  }

  other(session: Session, message: Message): void {
    this.parts.other(session, message);
  }

  ended(link: SourceLink, reason: ShoalError): void {
    this.links.delete(link);
    if (this.stopped) return;
    const now = this.parts.now();
    this.swarm.removeSource(link.peerId, now);
    const { candidate } = link;
    const first = candidate.failures === 0;
    if (!link.isOpen) this.candidates.failed(candidate, now, !link.reached);
    else if (!link.closedHere) this.candidates.lost(candidate, now);
    if (first && !link.closedHere) this.parts.reports.lost(link.address, !link.reached, reason.message);
    this.decideSoon();
  }

  private decideSoon(): void {
    if (this.deciding || this.stopped) return;
    this.deciding = true;
    setImmediate(() => this.decide());
  }

  private decide(): void {
    this.deciding = false;
    if (this.stopped) return;
    const now = this.parts.now();
    this.apply(this.swarm.decide(now), now);
    for (const candidate of this.candidates.toDial(now)) this.dial(candidate);
    this.arm(now);
  }

  private arm(now: number): void {
    this.timer.at(this.swarm.nextDecisionAt(now));
    this.timer.at(this.candidates.nextAt(now));
  }

  private apply(decisions: readonly Decision[], now: number): void {
    sendChunkLists(decisions, ANY, (source) => this.links.sessionOf(source as PeerId));
    for (const decision of decisions) this.applyRest(decision, now);
  }

  private applyRest(decision: Decision, now: number): void {
    switch (decision.kind) {
      case 'request':
      case 'request-any':
        return;
      case 'cancel':
        return this.links.get(decision.source as PeerId)?.intake.drop(decision.chunk);
      case 'stalled':
        return this.parts.reports.stalled(this.addressOf(decision.source as PeerId), decision.chunk);
      case 'close':
        return this.closeSource(decision.source as PeerId, decision.reason, decision.banMs, now);
      case 'seek-sources':
        return this.seek(now);
    }
  }

  private closeSource(peerId: PeerId, reason: string, banMs: number, now: number): void {
    const link = this.links.get(peerId);
    const candidate = this.candidates.get(peerId);
    if (candidate !== undefined) this.candidates.barred(candidate, now, banMs);
    if (link === undefined) return;
    link.closedHere = true;
    this.parts.reports.lost(link.address, false, reason);
    link.session.close(new ShoalError('cancelled', `no source any more: ${reason}`));
  }

  private seek(now: number): void {
    this.candidates.seek();
    if (now - this.askedPeersAt >= ENGINE_LIMITS.getPeersMs) {
      this.askedPeersAt = now;
      for (const { session } of this.links.open()) session.send({ type: 'get-peers', fileId: this.fileId });
      this.parts.seek();
    }
    this.parts.reports.starved(this.candidates.useless(now), now);
  }

  private dial(candidate: SourceCandidate): void {
    const link = new SourceLink(candidate, this.fileId, this);
    const { host, port, peerId } = candidate.address;
    link.intake = this.newIntake(link);
    this.links.add(link);
    link.session = this.parts.dialer.dial({ host, port, expected: { peerId } }, link);
  }

  private newIntake(link: SourceLink): ChunkIntake {
    const { parts } = this;
    return new ChunkIntake(parts.store.manifest, parts.pool, {
      began: (chunk) => this.noted(this.swarm.chunkBegan(link.peerId, chunk, parts.now())),
      bytes: (count) => this.swarm.bytesArrived(link.peerId, count, parts.now()),
      whole: (chunk, buffer) => this.whole(link, chunk, buffer),
    });
  }

  /** What was thrown away is not reported as a whole chunk: the same one may have been asked for again meanwhile. */
  private whole(link: SourceLink, chunk: number, buffer: Buffer | undefined): void {
    if (buffer === undefined) return this.swarm.chunkDiscarded(link.peerId, chunk);
    const verdict = this.noted(this.swarm.chunkArrived(link.peerId, chunk, this.parts.now()));
    if (verdict === 'wanted') this.parts.whole(link, chunk, buffer);
    else this.parts.pool.give(buffer);
  }

  private noted(verdict: Arrival): Arrival {
    this.decideSoon();
    return verdict;
  }

  private learn(link: SourceLink, { granting, field }: Announcement): void {
    if (field.length !== this.parts.store.manifest.chunkCount) {
      throw new ShoalError('bad-frame', `a bitfield of ${field.length} chunks`);
    }
    link.granting = granting;
    link.has = granting ? Bitfield.full(field.length) : field.clone();
    this.candidates.connected(link.candidate, link.has.isFull);
  }

  private get fileId(): ChunkStore['manifest']['fileId'] {
    return this.parts.store.manifest.fileId;
  }
}

const swarmOf = ({ self, store: { manifest, chunks, wanted }, random, limits }: DriverParts): DownloadSwarm =>
  new DownloadSwarm({
    self,
    chunkCount: manifest.chunkCount,
    chunkBytes: (index) => manifest.lengthOf(index),
    have: chunks,
    wanted,
    random,
    limit: () => leastOf(limits),
  });

/** The narrowest of several limits; undefined when there is none. */
const leastOf = (limits: readonly RateGate[]): number | undefined => {
  const rates = limits.map(({ bytesPerSecond }) => bytesPerSecond).filter((rate) => rate !== undefined);
  return rates.length === 0 ? undefined : Math.min(...rates);
};

const factsOf = ({ field, granting }: Announcement): SourceFacts => ({ has: field, granting });
