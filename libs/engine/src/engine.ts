import { asShoalError, shortId, ShoalError, type FileId, type Incarnation, type Random } from '#core';
import { stat } from 'node:fs/promises';
import { digestWithIdentity, manifestFromDocument, type FileIdentity, type ManifestJson } from '#chunking';
import type {
  DownloadOrder,
  DownloadProgress,
  DownloadResult,
  EngineControl,
  EngineEvent,
  EngineReady,
  EngineSettings,
  HeldFileInfo,
  SharedChunks,
  PlaceInfo,
  SourceAddress,
  TrafficInfo,
} from './control.js';
import { DigestMemory } from './digest-memory.js';
import { ENGINE_LIMITS } from './engine-limits.js';
import { heldFileInfos } from './held-file-info.js';
import { placesIn } from './places.js';
import { DataPlane } from './net/data-plane.js';
import { loadIdentity } from './net/identity.js';
import type { Introduction } from './net/session-table.js';
import { Catalogue } from './store/catalogue.js';
import type { ChunkCatalogue, StoreEvent } from './store/store.js';
import { digestTree } from './store/tree/digest-tree.js';
import type { TreeOnDisk } from './store/tree/tree-on-disk.js';

/** Digests remembered until they are served; a tree may have a large index. */
const REMEMBERED_FILES = 1_000;
const REMEMBERED_TREES = 4;

export interface EngineOptions {
  readonly random?: Random;
  /** Milliseconds, monotonic. */
  readonly now?: () => number;
}

/** The data plane: holds files, serves them to other peers and downloads from them. Nothing happens before `start`. */
export class Engine implements EngineControl {
  private readonly catalogue: ChunkCatalogue;
  private readonly digests = new DigestMemory<FileIdentity>(REMEMBERED_FILES);
  private readonly trees = new DigestMemory<TreeOnDisk>(REMEMBERED_TREES);
  private introduction: Introduction | undefined;
  private plane: DataPlane | undefined;
  private ticker: NodeJS.Timeout | undefined;

  constructor(
    private readonly settings: EngineSettings,
    private readonly emit: (event: EngineEvent) => void,
    private readonly options: EngineOptions = {},
  ) {
    this.catalogue = new Catalogue({
      dataFolder: settings.dataFolder,
      report: (event) => this.onStoreEvent(event),
    });
  }

  /** Takes up what is on the disk and listens. @throws ShoalError `data-folder-in-use` | `bad-config` | `disk-failed` */
  async start(): Promise<EngineReady> {
    const introduction = await this.introduce();
    await this.catalogue.start();
    try {
      const plane = this.newPlane(introduction);
      for (const { manifest, chunks, isFetched } of this.catalogue.list()) {
        if (chunks.isFull && !isFetched) plane.grants.begin(manifest.fileId, manifest.chunkCount);
      }
      const port = await plane.start(this.settings.listen);
      introduction.port = this.settings.advertise.port ?? port;
      this.introduction = introduction;
      this.plane = plane;
      this.ticker = setInterval(() => this.tellProgress(), ENGINE_LIMITS.progressMs);
      return { pid: process.pid, port, holdings: heldFileInfos(this.catalogue) };
    } catch (error) {
      await this.catalogue.stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    const { plane } = this;
    if (plane === undefined) return;
    this.plane = undefined;
    clearInterval(this.ticker);
    plane.stopListening();
    await plane.downloads.cancelAll(
      new ShoalError('engine-down', 'the engine stops', { retry: 'transient' }),
    );
    plane.stop();
    await this.catalogue.stop();
  }

  async setIncarnation(incarnation: Incarnation): Promise<void> {
    this.running();
    (this.introduction as Introduction).incarnation = incarnation;
  }

  async digest(path: string, chunkSize?: number): Promise<ManifestJson> {
    const options = {
      ...(chunkSize === undefined ? {} : { chunkSize }),
      onProgress: this.digestTeller(path),
    };
    if (await isFolder(path)) {
      const { manifest, index, identities } = await digestTree(path, options);
      this.trees.remember(path, manifest.sha256, { index, identities });
      return manifest.toDocument();
    }
    const { manifest, identity } = await digestWithIdentity(path, options);
    this.digests.remember(path, manifest.fileId, identity);
    return manifest.toDocument();
  }

  async serve(document: ManifestJson, path: string, name?: string): Promise<void> {
    const plane = this.running();
    const manifest = manifestFromDocument(document);
    const { fileId, chunkCount } = manifest;
    const identity = this.digests.get(path, fileId);
    const tree = this.trees.get(path, manifest.sha256);
    await this.catalogue.openComplete({
      ...{ manifest, path },
      ...(name === undefined ? {} : { name }),
      ...(identity === undefined ? {} : { identity }),
      ...(tree === undefined ? {} : { tree }),
    });
    plane.grants.begin(fileId, chunkCount);
    plane.uploads.announceAgain(fileId);
    // An empty file is held without a chunk to name.
    const ranges = chunkCount === 0 ? [] : [{ start: 0, end: chunkCount }];
    this.emit({ kind: 'held', fileId, chunkCount, ranges });
  }

  async shareChunks(document: ManifestJson, folder: string, name?: string): Promise<SharedChunks> {
    const plane = this.running();
    const manifest = manifestFromDocument(document);
    const { fileId, chunkCount, size } = manifest;
    const { store, wrong } = await this.catalogue.shareChunkFiles({
      ...{ manifest, folder, name },
      onProgress: this.digestTeller(folder, size),
    });
    if (store.chunks.isFull) plane.grants.begin(fileId, chunkCount);
    plane.uploads.announceAgain(fileId);
    const ranges = store.chunks.toRanges();
    if (ranges.length > 0 || chunkCount === 0) this.emit({ kind: 'held', fileId, chunkCount, ranges });
    return { fileId, chunkCount, ranges, folder: store.path, wrong: [...wrong.values()].slice(0, 100) };
  }

  async download(order: DownloadOrder): Promise<DownloadResult> {
    return this.running().downloads.run(order);
  }

  async addSources(fileId: FileId, sources: readonly SourceAddress[]): Promise<void> {
    this.running().downloads.addSources(fileId, sources);
  }

  async cancelDownload(fileId: FileId, keepPart: boolean): Promise<void> {
    const reason = new ShoalError('cancelled', 'the download was cancelled');
    await this.running().downloads.cancel(fileId, keepPart, reason);
  }

  async forget(fileId: FileId): Promise<void> {
    const plane = this.running();
    await this.cancelDownload(fileId, true);
    await this.catalogue.forget(fileId);
    plane.reports.drop(fileId);
    plane.grants.end(fileId);
    plane.uploads.closeFile(fileId, 'retracted');
  }

  async holdings(): Promise<readonly HeldFileInfo[]> {
    this.running();
    return heldFileInfos(this.catalogue);
  }

  async placesIn(folder: string): Promise<readonly PlaceInfo[]> {
    const { uploads } = this.running();
    return placesIn(this.catalogue, folder, (fileId) => uploads.usedAt(fileId));
  }

  async discardPlace(fileId: FileId, target: string): Promise<boolean> {
    const plane = this.running();
    if (!(await this.catalogue.remove(fileId, target))) return false;
    plane.reports.drop(fileId);
    const left = this.catalogue.get(fileId);
    if (left === undefined) {
      plane.grants.end(fileId);
      plane.uploads.closeFile(fileId, 'retracted');
      return true;
    }
    plane.uploads.announceAgain(fileId);
    const { chunkCount } = left.manifest;
    this.emit({ kind: 'held', fileId, chunkCount, ranges: left.chunks.toRanges() });
    return true;
  }

  async progress(): Promise<readonly DownloadProgress[]> {
    return this.running().downloads.progress();
  }

  async traffic(): Promise<TrafficInfo> {
    return this.running().traffic.info;
  }

  async setLimits(limits: { readonly up?: number | null; readonly down?: number | null }): Promise<void> {
    const { upLimit, downLimit } = this.running();
    if (limits.up !== undefined) upLimit.setRate(limits.up ?? undefined);
    if (limits.down !== undefined) downLimit.setRate(limits.down ?? undefined);
  }

  async setNeighbours(peers: readonly SourceAddress[]): Promise<void> {
    this.running().neighbours.set(peers);
  }

  async manifestFromNeighbours(fileId: FileId): Promise<ManifestJson | undefined> {
    const known = this.catalogue.get(fileId)?.manifest;
    return (known ?? (await this.running().manifestFromPeers(fileId)))?.toDocument();
  }

  /** Tells how far a digest is, now and then. */
  private digestTeller(path: string, whole = 0): (bytes: number, size?: number) => void {
    let toldAt = 0;
    return (bytes, size = whole) => {
      if (this.now() - toldAt < ENGINE_LIMITS.progressMs && bytes < size) return;
      toldAt = this.now();
      this.emit({ kind: 'digested', path, bytes, size });
    };
  }

  private now(): number {
    return this.options.now?.() ?? performance.now();
  }

  private running(): DataPlane {
    if (this.plane === undefined) {
      throw new ShoalError('engine-down', 'the engine does not run', { retry: 'transient' });
    }
    return this.plane;
  }

  private async introduce(): Promise<Introduction> {
    const { keyFile, networkId, name, advertise } = this.settings;
    const identity = await loadIdentity(keyFile);
    return {
      identity,
      networkId,
      name: name ?? shortId(identity.peerId),
      host: advertise.host,
      port: 0,
      incarnation: 0,
    };
  }

  private newPlane(introduction: Introduction): DataPlane {
    const { upRate, downRate } = this.settings;
    return new DataPlane({
      introduction,
      catalogue: this.catalogue,
      emit: this.emit,
      discarded: (fileId, path) => this.onLess(fileId, path, 'its download was given up'),
      now: () => this.now(),
      random: this.options.random ?? Math.random,
      upRate,
      downRate,
    });
  }

  private tellProgress(): void {
    const downloads = this.plane?.downloads.progress() ?? [];
    if (downloads.length > 0) this.emit({ kind: 'progress', downloads });
  }

  private onStoreEvent(event: StoreEvent): void {
    switch (event.kind) {
      case 'trouble':
        return this.emit({ kind: 'trouble', error: asShoalError(event.error).toJSON() });
      case 'chunks-lost':
        return this.onLess(event.fileId, event.path, event.reason);
      case 'retracted':
        return this.onLess(event.fileId, event.path, event.reason);
    }
  }

  /** Less of a file is held than was told: everybody learns what is left. */
  private onLess(fileId: FileId, path: string, reason: string): void {
    const { plane } = this;
    plane?.reports.drop(fileId);
    this.emit({ kind: 'retracted', fileId, path, reason });
    const left = this.catalogue.get(fileId);
    if (left === undefined) {
      plane?.grants.end(fileId);
      plane?.uploads.closeFile(fileId, 'retracted');
      plane?.downloads.get(fileId)?.fail(new ShoalError('file-changed', `${path}: ${reason}`));
      return;
    }
    if (!left.chunks.isFull) plane?.grants.end(fileId);
    plane?.uploads.announceAgain(fileId);
    plane?.downloads.get(fileId)?.lost();
    const { chunkCount } = left.manifest;
    const ranges = left.chunks.toRanges();
    if (ranges.length > 0) this.emit({ kind: 'held', fileId, chunkCount, ranges });
  }
}

const isFolder = async (path: string): Promise<boolean> =>
  (await stat(path).catch(() => undefined))?.isDirectory() === true;
