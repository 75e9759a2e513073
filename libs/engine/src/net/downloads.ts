import { asShoalError, rangesOf, ShoalError, type ChunkRange, type FileId, type PeerId } from '#core';
import { manifestFromDocument, type Manifest } from '#chunking';
import type {
  DownloadOrder,
  DownloadProgress,
  DownloadResult,
  EngineEvent,
  SourceAddress,
} from '../control.js';
import { ENGINE_LIMITS } from '../engine-limits.js';
import { copyChunks } from '../store/copy-chunks.js';
import type { ChunkCatalogue, ChunkStore } from '../store/store.js';
import { Download, heldBytes, type DownloadParts } from './download.js';
import type { HeldReports } from './held-reports.js';
import { SourceTallies } from './source-tallies.js';

/** Times that a download is taken up again after the disk lost chunks at its very end. */
const DELIVERIES_MAX = 3;

interface Running {
  /** The last `ENGINE_LIMITS.candidates` that were heard of. */
  readonly addresses: Map<PeerId, SourceAddress>;
  download: Download | undefined;
  /** Being filled from other places of this disk, before anything is asked for. */
  copying: ChunkStore | undefined;
  /** Raised, with a ShoalError, when it must end. */
  readonly stop: AbortController;
  discard: boolean;
  done: Promise<unknown>;
}

export interface DownloadsParts {
  readonly catalogue: ChunkCatalogue;
  readonly download: DownloadParts;
  readonly reports: HeldReports;
  readonly emit: (event: EngineEvent) => void;
  /** What was held of a file at `path` was deleted with its download. */
  readonly discarded: (fileId: FileId, path: string) => void;
}

/** All downloads of this engine: from the order to the delivered file. */
export class Downloads {
  private readonly running = new Map<FileId, Running>();

  constructor(private readonly parts: DownloadsParts) {}

  get(fileId: FileId): Download | undefined {
    return this.running.get(fileId)?.download;
  }

  progress(): DownloadProgress[] {
    const list: DownloadProgress[] = [];
    for (const { download, copying } of this.running.values()) {
      if (download !== undefined) list.push(download.progress());
      else if (copying !== undefined) list.push(copyProgress(copying));
    }
    return list;
  }

  /** @throws ShoalError of the manifest, the target, the disk; `cancelled`; `target-in-use` while it runs already */
  async run(order: DownloadOrder): Promise<DownloadResult> {
    const manifest = manifestFromDocument(order.manifest);
    if (this.running.has(manifest.fileId)) {
      throw new ShoalError('target-in-use', 'this file is being downloaded already', { retry: 'transient' });
    }
    const running: Running = {
      addresses: new Map(),
      download: undefined,
      copying: undefined,
      stop: new AbortController(),
      discard: false,
      done: Promise.resolve(),
    };
    remember(running, order.sources);
    this.running.set(manifest.fileId, running);
    const result = this.fetch(manifest, order, running);
    running.done = result.catch(() => undefined);
    try {
      return await result;
    } finally {
      this.running.delete(manifest.fileId);
    }
  }

  addSources(fileId: FileId, sources: readonly SourceAddress[]): void {
    const running = this.running.get(fileId);
    if (running === undefined) return;
    remember(running, sources);
    running.download?.addSources(sources);
  }

  /** Resolves when it has ended. False when there is none. */
  async cancel(fileId: FileId, keepPart: boolean, reason: ShoalError): Promise<boolean> {
    const running = this.running.get(fileId);
    if (running === undefined) return false;
    running.discard = !keepPart;
    running.stop.abort(reason);
    running.download?.fail(reason);
    await running.done;
    return true;
  }

  async cancelAll(reason: ShoalError): Promise<void> {
    await Promise.all([...this.running.keys()].map((fileId) => this.cancel(fileId, true, reason)));
  }

  private async fetch(manifest: Manifest, order: DownloadOrder, running: Running): Promise<DownloadResult> {
    const { now } = this.parts.download;
    const startedAt = now();
    const store = await this.storeFor(manifest, order);
    const { fileId, chunkCount } = manifest;
    // An empty file has all its chunks from the start.
    const alreadyThere = store.state === 'complete' || (chunkCount > 0 && hasAll(store));
    this.reportAll(store);
    const tallies = store.state === 'complete' ? undefined : await this.complete(store, order, running);
    if (chunkCount === 0) this.parts.emit({ kind: 'held', fileId, chunkCount, ranges: [] });
    return {
      fileId,
      path: store.path,
      size: manifest.size,
      sha256: manifest.sha256,
      milliseconds: now() - startedAt,
      from: tallies?.list() ?? [],
      alreadyThere,
      ...(manifest.tree === undefined ? {} : { files: manifest.tree.files }),
    };
  }

  private storeFor(manifest: Manifest, order: DownloadOrder): Promise<ChunkStore> {
    const { name, target, force, only, chunkFiles } = order;
    const { catalogue } = this.parts;
    if (chunkFiles !== undefined) {
      const { manifestFile } = chunkFiles;
      return catalogue.createChunkFiles({ manifest, folder: target, name, only, force, manifestFile });
    }
    return catalogue.createPart({
      ...{ manifest, target, force },
      ...(name === undefined ? {} : { name }),
      ...(only === undefined ? {} : { only }),
    });
  }

  private async complete(store: ChunkStore, order: DownloadOrder, running: Running): Promise<SourceTallies> {
    const tallies = new SourceTallies();
    try {
      running.copying = store;
      await this.copyLocal(store, running);
      running.copying = undefined;
      for (let tries = 1; ; tries++) {
        running.stop.signal.throwIfAborted();
        const download = new Download(store, this.parts.download, tallies, order);
        running.download = download;
        await download.run([...running.addresses.values()]);
        running.download = undefined;
        this.parts.emit({ kind: 'progress', downloads: [download.progress()] });
        if (await deliver(store, tries < DELIVERIES_MAX)) return tallies;
      }
    } catch (error) {
      await this.abandon(store, running);
      throw asShoalError(error);
    } finally {
      running.download = undefined;
      running.copying = undefined;
      this.parts.reports.flush();
    }
  }

  /** What lies on this disk already need not come over the network. */
  private async copyLocal(store: ChunkStore, running: Running): Promise<void> {
    const { fileId, chunkCount } = store.manifest;
    for (const place of this.parts.catalogue.placesOf(fileId)) {
      if (place === store) continue;
      await copyChunks(place, store, {
        signal: running.stop.signal,
        onChunk: (chunk) => this.parts.reports.add(fileId, chunkCount, chunk),
      });
    }
  }

  /** What an earlier run left is held, and served, from the start. */
  private reportAll({ manifest, chunks }: ChunkStore): void {
    const ranges: ChunkRange[] = rangesOf(chunks);
    if (ranges.length === 0) return;
    this.parts.emit({ kind: 'held', fileId: manifest.fileId, chunkCount: manifest.chunkCount, ranges });
  }

  private async abandon(store: ChunkStore, running: Running): Promise<void> {
    const { fileId } = store.manifest;
    try {
      if (!running.discard) return await store.pause();
      running.download = undefined;
      this.parts.reports.drop(fileId);
      const { path } = store;
      await store.discard();
      this.parts.discarded(fileId, path);
    } catch (error) {
      this.parts.emit({ kind: 'trouble', error: asShoalError(error).toJSON() });
    }
  }
}

const copyProgress = (store: ChunkStore): DownloadProgress => ({
  fileId: store.manifest.fileId,
  bytes: heldBytes(store),
  size: store.manifest.size,
  chunks: store.chunks.count,
  chunkCount: store.manifest.chunkCount,
  ...{ rate: 0, sources: 0, from: [] },
});

const remember = ({ addresses }: Running, sources: readonly SourceAddress[]): void => {
  for (const source of sources) {
    addresses.delete(source.peerId);
    addresses.set(source.peerId, source);
  }
  for (const peerId of addresses.keys()) {
    if (addresses.size <= ENGINE_LIMITS.candidates) return;
    addresses.delete(peerId);
  }
};

const hasAll = ({ wanted, chunks }: ChunkStore): boolean => {
  for (const chunk of wanted) if (!chunks.has(chunk)) return false;
  return true;
};

/** False when the disk lost chunks at the end and they are to be fetched again. */
const deliver = async (store: ChunkStore, mayTryAgain: boolean): Promise<boolean> => {
  try {
    await (store.chunks.isFull ? store.publish() : store.pause());
    return true;
  } catch (error) {
    if (mayTryAgain && asShoalError(error).code === 'disk-failed' && !hasAll(store)) return false;
    throw error;
  }
};
