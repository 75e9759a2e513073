import { ShoalError, type FileId, type Random } from '#core';
import type { Manifest } from '#chunking';
import type { ExchangedPeer } from '#wire';
import type { EngineEvent } from '../control.js';
import { ENGINE_LIMITS } from '../engine-limits.js';
import type { ChunkCatalogue } from '../store/store.js';
import { ChunkSender } from './chunk-sender.js';
import { Dialer } from './dialer.js';
import { Downloads } from './downloads.js';
import { Grants } from './grants.js';
import { HeldReports } from './held-reports.js';
import { Inbound } from './inbound.js';
import { Listener, type ListenRange } from './listener.js';
import { ManifestExchange } from './manifest-exchange.js';
import { nearnessTo } from './nearness.js';
import { Neighbours } from './neighbours.js';
import { PeerExchange } from './peer-exchange.js';
import { RateGate } from './rate-gate.js';
import { SessionTable, type Introduction } from './session-table.js';
import { Traffic } from './traffic.js';
import { Uploads } from './uploads.js';
import { WriteBudget } from './write-budget.js';

export interface DataPlaneParts {
  readonly introduction: Introduction;
  readonly catalogue: ChunkCatalogue;
  readonly emit: (event: EngineEvent) => void;
  /** See DownloadsParts. */
  readonly discarded: (fileId: FileId, path: string) => void;
  readonly now: () => number;
  readonly random: Random;
  readonly upRate: number | undefined;
  readonly downRate: number | undefined;
}

/** Everything that speaks to other peers, put together. */
export class DataPlane {
  readonly upLimit: RateGate;
  readonly downLimit: RateGate;
  readonly grants: Grants;
  readonly uploads: Uploads;
  readonly downloads: Downloads;
  readonly neighbours: Neighbours;
  readonly reports: HeldReports;
  readonly traffic = new Traffic();
  private readonly manifests: ManifestExchange;
  private readonly table: SessionTable;
  private readonly listener: Listener;

  constructor(private readonly parts: DataPlaneParts) {
    const { introduction, catalogue, emit, now, random } = parts;
    const self = introduction.identity.peerId;
    const isNear = nearnessTo(introduction.host);
    this.upLimit = new RateGate(now, parts.upRate);
    this.downLimit = new RateGate(now, parts.downRate);
    this.grants = new Grants(random);
    this.reports = new HeldReports(emit, now);
    this.table = new SessionTable(now);
    const dialer = new Dialer(introduction, this.table, now);
    this.manifests = new ManifestExchange((fileId) => catalogue.get(fileId)?.manifest);
    const exchange = new PeerExchange({
      peersOf: (fileId) => this.peersOf(fileId),
      told: (fileId, peers) => this.downloads.get(fileId)?.hearOf(peers),
      manifests: this.manifests,
      random,
    });
    this.neighbours = new Neighbours({
      ...{ self, dialer, exchange, random },
      changed: (peerIds) => emit({ kind: 'neighbours', peerIds }),
    });
    this.uploads = new Uploads({
      storeOf: (fileId) => catalogue.get(fileId),
      grants: this.grants,
      isNear,
      sender: new ChunkSender(this.upLimit, () => this.uploads.measuredRate),
      sent: (bytes) => this.traffic.addSent(bytes),
      now,
      opened: (fileId, remote, downloads) => {
        if (downloads) this.downloads.get(fileId)?.met(remote);
      },
      announced: (fileId, peerId, ranges) => this.downloads.get(fileId)?.heard(peerId, ranges),
      nameOthers: (fileId, session) => exchange.tell(session, fileId),
      trouble: (error: ShoalError) => emit({ kind: 'trouble', error: error.toJSON() }),
    });
    this.downloads = new Downloads({
      catalogue,
      reports: this.reports,
      emit,
      discarded: parts.discarded,
      download: {
        ...{ self, isNear, dialer, downLimit: this.downLimit, budget: new WriteBudget(), now, random, emit },
        held: (fileId, chunkCount, chunk, bytes) => {
          this.traffic.addReceived(bytes);
          this.reports.add(fileId, chunkCount, chunk);
        },
        uploadLinks: (fileId) => this.uploads.linksOf(fileId),
        seek: (fileId) => this.neighbours.askForPeers(fileId),
        other: (session, message) => exchange.message(session, message),
      },
    });
    this.listener = new Listener(introduction, this.table, new Inbound(this.uploads, exchange), now);
  }

  /** Returns the port. @throws ShoalError `bad-config` */
  async start(range: ListenRange): Promise<number> {
    this.table.start();
    return this.listener.start(range);
  }

  /** At once: from now on nobody who dials is answered. */
  stopListening(): void {
    this.listener.stop();
  }

  /** Downloads have ended before. */
  stop(): void {
    this.neighbours.set([]);
    this.reports.flush();
    this.uploads.stop();
    this.upLimit.stop();
    this.downLimit.stop();
    this.table.closeAll();
  }

  /** Asks all linked peers at once; the first manifest that proves itself wins. */
  async manifestFromPeers(fileId: FileId): Promise<Manifest | undefined> {
    const sessions = new Map(this.table.readySessions().map((session) => [session.remote.peerId, session]));
    const answers = [...sessions.values()].slice(0, ENGINE_LIMITS.manifestAsks).map(async (session) => {
      const manifest = await this.manifests.ask(session, fileId);
      if (manifest === undefined) throw new ShoalError('not-found', 'the peer does not know it');
      return manifest;
    });
    return Promise.any(answers).catch(() => undefined);
  }

  private *peersOf(fileId: FileId | undefined): IterableIterator<ExchangedPeer> {
    if (fileId === undefined) {
      for (const { remote } of this.table.readySessions()) yield remote;
      return;
    }
    if (this.parts.catalogue.get(fileId) !== undefined) yield this.self();
    yield* this.downloads.get(fileId)?.sources ?? [];
    for (const { session } of this.uploads.linksOf(fileId)) yield session.remote;
  }

  private self(): ExchangedPeer {
    const { identity, incarnation, name, host, port } = this.parts.introduction;
    return { peerId: identity.peerId, incarnation, name, host, port };
  }
}
