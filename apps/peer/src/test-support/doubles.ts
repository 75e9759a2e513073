import { ShoalError, type FileId, type PeerId } from '#core';
import type { ManifestJson } from '#chunking';
import type {
  FactBody,
  FactName,
  ReplyBody,
  ReportBody,
  ReportName,
  RequestBody,
  RequestName,
} from '#contracts';
import type {
  DownloadOrder,
  DownloadProgress,
  DownloadResult,
  EngineEvent,
  EngineReady,
  HeldFileInfo,
  SharedChunks,
  PlaceInfo,
  SourceAddress,
  TrafficInfo,
} from '#engine';
import type { AnchorLink, EngineHost, Timers } from '../ports.js';

export const PEER = '1'.repeat(40) as PeerId;
export const OTHER = '2'.repeat(40) as PeerId;
export const FILE = 'a'.repeat(64) as FileId;

export const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
};

/** A clock that moves only when told, with the timers that hang on it. */
export class ManualTime implements Timers {
  private time = 1_000_000;
  private waiting: { at: number; action: () => void }[] = [];

  readonly now = (): number => this.time;

  after(milliseconds: number, action: () => void): () => void {
    const entry = { at: this.time + milliseconds, action };
    this.waiting.push(entry);
    return () => {
      this.waiting = this.waiting.filter((other) => other !== entry);
    };
  }

  get pending(): number {
    return this.waiting.length;
  }

  async advance(milliseconds: number): Promise<void> {
    const end = this.time + milliseconds;
    for (;;) {
      await settle();
      const due = this.waiting.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      this.waiting = this.waiting.filter((entry) => entry !== due);
      this.time = Math.max(this.time, due.at);
      due.action();
      await settle();
    }
    this.time = end;
    await settle();
  }
}

type Sent = {
  readonly kind: 'request' | 'report' | 'fact';
  readonly name: string;
  readonly body: unknown;
  readonly id?: string;
};

/** Anchors that note what they are told and answer as the test says. */
export class FakeAnchors implements AnchorLink {
  readonly sent: Sent[] = [];
  away = false;
  answers: { [N in RequestName]?: (body: RequestBody<N>) => ReplyBody<N> } = {};

  request<N extends RequestName>(name: N, body: RequestBody<N>): Promise<ReplyBody<N>> {
    return this.note({ kind: 'request', name, body }, () => {
      const answer = this.answers[name] as ((body: RequestBody<N>) => ReplyBody<N>) | undefined;
      if (answer === undefined)
        throw new ShoalError('timeout', `nobody answers ${name}`, { retry: 'transient' });
      return answer(body);
    });
  }
  report<N extends ReportName>(name: N, body: ReportBody<N>): Promise<void> {
    return this.note({ kind: 'report', name, body }, () => undefined);
  }
  fact<N extends FactName>(name: N, _subject: string, body: FactBody<N>, id: string): Promise<void> {
    return this.note({ kind: 'fact', name, body, id }, () => undefined);
  }
  named(name: string): unknown[] {
    return this.sent.filter((sent) => sent.name === name).map(({ body }) => body);
  }
  private async note<T>(sent: Sent, result: () => T): Promise<T> {
    if (this.away) throw new ShoalError('broker-away', 'the broker is away', { retry: 'transient' });
    this.sent.push(sent);
    return result();
  }
}

/** An engine whose downloads end when the test says so. */
export class FakeEngine implements EngineHost {
  readonly orders: DownloadOrder[] = [];
  readonly added: SourceAddress[][] = [];
  readonly cancelled: FileId[] = [];
  readonly forgotten: FileId[] = [];
  readonly served: { fileId: FileId; path: string }[] = [];
  private open: { resolve: (result: DownloadResult) => void; reject: (error: unknown) => void } | undefined;
  digestResult: ManifestJson | undefined;

  onEvent(_listener: (event: EngineEvent) => void): void {}
  onDown(_listener: (reason: string) => void): void {}
  onReady(_listener: (ready: EngineReady) => void): void {}
  setIncarnation = async (): Promise<void> => {};
  setLimits = async (): Promise<void> => {};
  setNeighbours = async (): Promise<void> => {};
  stop = async (): Promise<void> => {};
  places: PlaceInfo[] = [];
  readonly discarded: FileId[] = [];
  placesIn = async (): Promise<PlaceInfo[]> => this.places;
  discardPlace = async (fileId: FileId): Promise<boolean> => {
    this.discarded.push(fileId);
    this.places = this.places.filter((place) => place.fileId !== fileId);
    return true;
  };
  holdings = async (): Promise<HeldFileInfo[]> => [];
  traffic = async (): Promise<TrafficInfo> => ({ sentBytes: 0, receivedBytes: 0 });
  progress = async (): Promise<DownloadProgress[]> => [];
  manifestFromNeighbours = async (): Promise<ManifestJson | undefined> => undefined;
  digest = async (): Promise<ManifestJson> => {
    if (this.digestResult === undefined) throw new ShoalError('not-found', 'no such file');
    return this.digestResult;
  };
  serve = async (manifest: ManifestJson, path: string): Promise<void> => {
    this.served.push({ fileId: manifest.fileId, path });
  };
  shared: SharedChunks | undefined;
  shareChunks = async (): Promise<SharedChunks> => {
    if (this.shared === undefined) throw new ShoalError('not-found', 'no file there is a chunk');
    return this.shared;
  };
  forget = async (fileId: FileId): Promise<void> => {
    this.forgotten.push(fileId);
  };
  addSources = async (_fileId: FileId, sources: readonly SourceAddress[]): Promise<void> => {
    this.added.push([...sources]);
  };
  cancelDownload = async (fileId: FileId): Promise<void> => {
    this.cancelled.push(fileId);
    this.fail(new ShoalError('cancelled', 'the download was cancelled'));
  };
  download(order: DownloadOrder): Promise<DownloadResult> {
    this.orders.push(order);
    return new Promise((resolve, reject) => {
      this.open = { resolve, reject };
    });
  }
  finish(): void {
    const order = this.orders[this.orders.length - 1] as DownloadOrder;
    const { fileId, size, sha256 } = order.manifest;
    this.open?.resolve({
      fileId,
      path: order.target,
      size,
      sha256,
      milliseconds: 5,
      from: [],
      alreadyThere: false,
    });
  }
  fail(error: unknown): void {
    this.open?.reject(error);
  }
}

export const manifestJson = (fileId: FileId = FILE, size = 100_000): ManifestJson => ({
  fileId,
  size,
  sha256: 'c'.repeat(64),
  chunkSize: 65_536,
  digestAlgorithm: 'sha256',
  digests: '',
});

export const holder = (peerId: PeerId = OTHER) => ({
  peerId,
  incarnation: 7,
  name: 'host2',
  address: { host: '127.0.0.1', port: 7_000 },
});
