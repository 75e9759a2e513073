import { errorFromDocument, ShoalError, type FileId, type Incarnation } from '#core';
import type { ManifestJson } from '#chunking';
import type {
  DownloadOrder,
  DownloadProgress,
  DownloadResult,
  EngineControl,
  EngineEvent,
  EngineReady,
  HeldFileInfo,
  SharedChunks,
  PlaceInfo,
  SourceAddress,
  TrafficInfo,
} from '../control.js';
import type { EngineMethod, FromEngine, ToEngine } from './ipc.js';

interface Waiter {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: ShoalError) => void;
}

export interface ClientEvents {
  ready(ready: EngineReady): void;
  /** It could not start. */
  failed(error: ShoalError): void;
  event(event: EngineEvent): void;
}

/** The control plane's end of the process border, for one engine process: calls become messages, replies promises. */
export class EngineClient implements EngineControl {
  private readonly waiters = new Map<number, Waiter>();
  private nextId = 1;
  private closed: ShoalError | undefined;

  constructor(
    private readonly send: (message: ToEngine) => void,
    private readonly events: ClientEvents,
  ) {}

  receive(message: FromEngine): void {
    switch (message.kind) {
      case 'ready':
        return this.events.ready(message.ready);
      case 'failed':
        return this.events.failed(errorFromDocument(message.error));
      case 'reply':
        return this.take(message.id)?.resolve(message.value);
      case 'refusal':
        return this.take(message.id)?.reject(errorFromDocument(message.error));
      case 'events':
        for (const event of message.events) this.events.event(event);
    }
  }

  /** The process is gone: nothing that is open will be answered. */
  close(error: ShoalError): void {
    this.closed = error;
    for (const { reject } of this.waiters.values()) reject(error);
    this.waiters.clear();
  }

  setIncarnation(incarnation: Incarnation): Promise<void> {
    return this.call('setIncarnation', incarnation);
  }

  digest(path: string, chunkSize?: number): Promise<ManifestJson> {
    return this.call('digest', path, chunkSize);
  }

  serve(manifest: ManifestJson, path: string, name?: string): Promise<void> {
    return this.call('serve', manifest, path, name);
  }

  shareChunks(manifest: ManifestJson, folder: string, name?: string): Promise<SharedChunks> {
    return this.call('shareChunks', manifest, folder, name);
  }

  download(order: DownloadOrder): Promise<DownloadResult> {
    return this.call('download', order);
  }

  addSources(fileId: FileId, sources: readonly SourceAddress[]): Promise<void> {
    return this.call('addSources', fileId, sources);
  }

  cancelDownload(fileId: FileId, keepPart: boolean): Promise<void> {
    return this.call('cancelDownload', fileId, keepPart);
  }

  forget(fileId: FileId): Promise<void> {
    return this.call('forget', fileId);
  }

  holdings(): Promise<readonly HeldFileInfo[]> {
    return this.call('holdings');
  }

  placesIn(folder: string): Promise<readonly PlaceInfo[]> {
    return this.call('placesIn', folder);
  }

  discardPlace(fileId: FileId, target: string): Promise<boolean> {
    return this.call('discardPlace', fileId, target);
  }

  progress(): Promise<readonly DownloadProgress[]> {
    return this.call('progress');
  }

  traffic(): Promise<TrafficInfo> {
    return this.call('traffic');
  }

  setLimits(limits: { readonly up?: number | null; readonly down?: number | null }): Promise<void> {
    return this.call('setLimits', limits);
  }

  setNeighbours(peers: readonly SourceAddress[]): Promise<void> {
    return this.call('setNeighbours', peers);
  }

  manifestFromNeighbours(fileId: FileId): Promise<ManifestJson | undefined> {
    return this.call('manifestFromNeighbours', fileId);
  }

  stop(): Promise<void> {
    return this.call('stop');
  }

  /** What the other side replies is of the type that the interface promises: both are this library. */
  private call<T>(method: EngineMethod, ...args: readonly unknown[]): Promise<T> {
    if (this.closed !== undefined) return Promise.reject(this.closed);
    const id = this.nextId++;
    return new Promise<T>((resolve, reject) => {
      this.waiters.set(id, { resolve: resolve as (value: unknown) => void, reject });
      this.send({ kind: 'call', id, method, args });
    });
  }

  private take(id: number): Waiter | undefined {
    const waiter = this.waiters.get(id);
    this.waiters.delete(id);
    return waiter;
  }
}
