import { DEFAULT_PRIORITY, ShoalError, type ChunkRange, type FileId, type PeerId, type Random } from '#core';
import { announceDelay } from '#swarm';
import type { Message, RemotePeer } from '#wire';
import type { DownloadOrder, DownloadProgress, EngineEvent, SourceAddress } from '../control.js';
import { ENGINE_LIMITS } from '../engine-limits.js';
import { CheckpointRunner } from './checkpoint-runner.js';
import type { ChunkStore } from '../store/store.js';
import { Announcer, type Hearer } from './announcer.js';
import { BufferPool } from './buffer-pool.js';
import { ChunkWriter } from './chunk-writer.js';
import type { Dialer } from './dialer.js';
import { RateGate } from './rate-gate.js';
import { RateWindow } from './rate-window.js';
import type { Session } from './session.js';
import { SourceReports } from './source-reports.js';
import type { SourceTallies } from './source-tallies.js';
import { SwarmDriver } from './swarm-driver.js';
import type { UploadLink } from './upload-link.js';
import type { WriteBudget } from './write-budget.js';

export interface DownloadParts {
  readonly self: PeerId;
  readonly isNear: (host: string) => boolean;
  readonly dialer: Dialer;
  readonly downLimit: RateGate;
  readonly budget: WriteBudget;
  readonly now: () => number;
  readonly random: Random;
  readonly emit: (event: EngineEvent) => void;
  /** Batches what is newly held. */
  readonly held: (fileId: FileId, chunkCount: number, chunk: number, bytes: number) => void;
  /** Who downloads this file from here. */
  readonly uploadLinks: (fileId: FileId) => Iterable<UploadLink>;
  /** Ask neighbours for peers of this file. */
  readonly seek: (fileId: FileId) => void;
  readonly other: (session: Session, message: Message) => void;
}

/** One file on its way here, until every wanted chunk is held. What is held is served to others meanwhile. */
export class Download {
  private readonly driver: SwarmDriver;
  private readonly reports: SourceReports;
  private readonly writer: ChunkWriter;
  private readonly announcer: Announcer;
  private readonly checkpoints: CheckpointRunner;
  private readonly limit: RateGate;
  private readonly window = new RateWindow();
  private readonly startedAt: number;
  private readonly readers = {
    hold: () => this.driver.links.hold('disk'),
    release: () => this.driver.links.release('disk'),
  };
  private end: { resolve: () => void; reject: (error: ShoalError) => void } | undefined;

  constructor(
    readonly store: ChunkStore,
    private readonly parts: DownloadParts,
    private readonly tallies: SourceTallies,
    { downRate, priority = DEFAULT_PRIORITY }: Pick<DownloadOrder, 'downRate' | 'priority'>,
  ) {
    const { now } = parts;
    const { manifest } = store;
    this.startedAt = now();
    this.reports = new SourceReports(manifest.fileId, parts.emit);
    this.limit = new RateGate(now, downRate);
    const pool = new BufferPool(Math.min(manifest.chunkSize, manifest.size), ENGINE_LIMITS.pooledBytes);
    this.writer = new ChunkWriter(store, pool, parts.budget, {
      held: (chunk, from, bytes) => this.onHeld(chunk, from, bytes),
      wrong: (chunk, from) => this.onWrong(chunk, from),
      failed: (error) => this.fail(error),
    });
    this.checkpoints = new CheckpointRunner(store, now, (error) => this.fail(error));
    this.announcer = new Announcer(
      () => this.hearers(),
      () => announceDelay(now() - this.startedAt, store.chunks.count / Math.max(1, manifest.chunkCount)),
    );
    this.driver = new SwarmDriver({
      ...parts,
      store,
      pool,
      reports: this.reports,
      limits: [parts.downLimit, this.limit],
      priority,
      whole: (link, chunk, buffer) => this.writer.take(chunk, link.peerId, buffer),
      seek: () => parts.seek(this.fileId),
    });
  }

  get fileId(): FileId {
    return this.store.manifest.fileId;
  }

  /** Resolves when every wanted chunk is held. @throws ShoalError when it was cancelled or the disk failed */
  run(sources: readonly SourceAddress[]): Promise<void> {
    if (this.driver.isComplete) return Promise.resolve();
    this.parts.budget.join(this.readers);
    return new Promise<void>((resolve, reject) => {
      this.end = { resolve, reject };
      this.driver.addSources([...sources, ...this.downloaders()]);
    }).finally(() => this.stop());
  }

  addSources(sources: Iterable<SourceAddress>): void {
    this.driver.addSources(sources);
  }

  /** Other peers say that these have the file; nothing about them is proven. */
  hearOf(addresses: Iterable<SourceAddress>): void {
    this.driver.hearOf(addresses);
  }

  /** Somebody who downloads this file too dialled here: it is a source as well. */
  met(remote: RemotePeer): void {
    this.driver.met(remote);
  }

  /** A peer told on its own connection what it holds. */
  heard(peerId: PeerId, ranges: readonly ChunkRange[]): void {
    this.driver.heard(peerId, ranges);
  }

  /** The disk lost chunks that were held: they are fetched again. */
  lost(): void {
    this.driver.restart();
  }

  /** Peers that are sources now. */
  get sources(): SourceAddress[] {
    return [...this.driver.links.open()].map(({ address }) => address);
  }

  fail(error: ShoalError): void {
    this.end?.reject(error);
  }

  /** Call it at every progress event: the rate is taken from the calls. */
  progress(): DownloadProgress {
    const { manifest, chunks } = this.store;
    return {
      fileId: this.fileId,
      bytes: heldBytes(this.store),
      size: manifest.size,
      chunks: chunks.count,
      chunkCount: manifest.chunkCount,
      rate: this.window.read(this.driver.arrivedBytes, this.parts.now()),
      sources: this.driver.sourceCount,
      from: this.tallies.list(),
    };
  }

  /** Those who opened the file here before this download began. */
  private downloaders(): RemotePeer[] {
    const links = [...this.parts.uploadLinks(this.fileId)];
    return links.filter(({ opened }) => opened?.downloads).map(({ session }) => session.remote);
  }

  private stop(): void {
    this.end = undefined;
    this.announcer.flush();
    this.announcer.stop();
    this.parts.budget.leave(this.readers);
    this.driver.stop();
    this.limit.stop();
    this.checkpoints.stop();
  }

  /** The sender is told at once: that is its acknowledgement, and frees its slot for somebody else (policy R7). */
  private onHeld(chunk: number, from: PeerId, bytes: number): void {
    const session = this.driver.links.sessionOf(from);
    this.driver.verified(from, chunk);
    session?.sendThisTurn({ type: 'have', ranges: [{ start: chunk, end: chunk + 1 }] });
    this.tallies.add(from, this.driver.addressOf(from).name, bytes);
    this.checkpoints.wrote(bytes);
    this.parts.held(this.fileId, this.store.manifest.chunkCount, chunk, bytes);
    this.announcer.held(chunk);
    if (this.driver.isComplete) this.end?.resolve();
  }

  private onWrong(chunk: number, from: PeerId): void {
    this.reports.wrongBytes(this.driver.addressOf(from), chunk);
    this.driver.rejected(from, chunk);
  }

  /** News goes on the connection that was dialled here; to who is no source, on the one that it dialled. */
  private *hearers(): IterableIterator<Hearer> {
    const told = new Set<PeerId>();
    for (const hearer of this.driver.links.hearers()) {
      told.add(hearer.peerId);
      yield hearer;
    }
    for (const { session, opened } of this.parts.uploadLinks(this.fileId)) {
      if (opened === undefined || told.has(session.remote.peerId)) continue;
      yield { session, knows: (chunk) => opened.has.has(chunk) };
    }
  }
}

export const heldBytes = ({ manifest, chunks }: ChunkStore): number => {
  if (chunks.isEmpty) return 0;
  const last = manifest.chunkCount - 1;
  const full = chunks.count * manifest.chunkSize;
  return chunks.has(last) ? full - manifest.chunkSize + manifest.lengthOf(last) : full;
};
