import { fork, type ChildProcess } from 'node:child_process';
import { asShoalError, jittered, ShoalError, type FileId, type Incarnation, type Random } from '#core';
import type { ManifestJson } from '#chunking';
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
import { EngineClient } from './process/engine-client.js';
import type { FromEngine } from './process/ipc.js';

/** First and longest wait before a dead engine is started again, milliseconds. */
const RESTART_MS = 200;
const RESTART_MAX_MS = 10_000;
/** An engine that ran for so long died of something new: the wait starts over. */
const HEALTHY_MS = 30_000;
/** Time for a graceful stop, milliseconds; then the process is killed. */
const STOP_MS = 5_000;

export interface EngineProcessOptions {
  /** Path of the built `main.js` of this library. */
  readonly entry: string;
  readonly settings: EngineSettings;
  readonly random?: Random;
}

type Listener<T> = (value: T) => void;

/**
 * The engine in a process of its own, started again when it dies. While it is down every command is rejected with
 * `engine-down` (transient). Incarnation, limits and neighbours are told to a new process before `onReady`; what was
 * downloaded, the caller orders again.
 */
export class EngineProcess implements EngineControl {
  private child: ChildProcess | undefined;
  private client: EngineClient | undefined;
  private isReady = false;
  private stopping = false;
  private failures = 0;
  private startedAt = 0;
  private restart: NodeJS.Timeout | undefined;
  /** Where the last engine listened: the next one takes the same port if it can, so that its address stays true. */
  private port: number | undefined;
  private first: { resolve: Listener<EngineReady>; reject: Listener<ShoalError> } | undefined;
  private lastError: ShoalError | undefined;
  private readonly told = new Map<string, (engine: EngineControl) => Promise<void>>();
  private readonly eventListeners: Listener<EngineEvent>[] = [];
  private readonly downListeners: Listener<string>[] = [];
  private readonly readyListeners: Listener<EngineReady>[] = [];

  constructor(private readonly options: EngineProcessOptions) {}

  onEvent(listener: Listener<EngineEvent>): void {
    this.eventListeners.push(listener);
  }

  /** The engine was up and ended without being told to. */
  onDown(listener: Listener<string>): void {
    this.downListeners.push(listener);
  }

  /** The engine is up: the first time, and again after it died. */
  onReady(listener: Listener<EngineReady>): void {
    this.readyListeners.push(listener);
  }

  /** @throws ShoalError when the first engine cannot start; it is not tried again then */
  start(): Promise<EngineReady> {
    return new Promise((resolve, reject) => {
      this.first = { resolve, reject };
      this.fork();
    });
  }

  async stop(): Promise<void> {
    this.stopping = true;
    clearTimeout(this.restart);
    const { child } = this;
    if (child === undefined) return;
    const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    const kill = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    await this.client?.stop().catch(() => undefined);
    await gone;
    clearTimeout(kill);
  }

  /** Process id while it runs. */
  get pid(): number | undefined {
    return this.child?.pid;
  }

  setIncarnation(incarnation: Incarnation): Promise<void> {
    return this.tell('incarnation', (engine) => engine.setIncarnation(incarnation));
  }

  async setLimits(limits: { readonly up?: number | null; readonly down?: number | null }): Promise<void> {
    const { up, down } = limits;
    if (up !== undefined) await this.tell('up', (engine) => engine.setLimits({ up }));
    if (down !== undefined) await this.tell('down', (engine) => engine.setLimits({ down }));
  }

  setNeighbours(peers: readonly SourceAddress[]): Promise<void> {
    return this.tell('neighbours', (engine) => engine.setNeighbours(peers));
  }

  async digest(path: string, chunkSize?: number): Promise<ManifestJson> {
    return this.engine().digest(path, chunkSize);
  }

  async serve(manifest: ManifestJson, path: string, name?: string): Promise<void> {
    return this.engine().serve(manifest, path, name);
  }

  async shareChunks(manifest: ManifestJson, folder: string, name?: string): Promise<SharedChunks> {
    return this.engine().shareChunks(manifest, folder, name);
  }

  async download(order: DownloadOrder): Promise<DownloadResult> {
    return this.engine().download(order);
  }

  async addSources(fileId: FileId, sources: readonly SourceAddress[]): Promise<void> {
    return this.engine().addSources(fileId, sources);
  }

  async cancelDownload(fileId: FileId, keepPart: boolean): Promise<void> {
    return this.engine().cancelDownload(fileId, keepPart);
  }

  async forget(fileId: FileId): Promise<void> {
    return this.engine().forget(fileId);
  }

  async holdings(): Promise<readonly HeldFileInfo[]> {
    return this.engine().holdings();
  }

  async placesIn(folder: string): Promise<readonly PlaceInfo[]> {
    return this.engine().placesIn(folder);
  }

  async discardPlace(fileId: FileId, target: string): Promise<boolean> {
    return this.engine().discardPlace(fileId, target);
  }

  async progress(): Promise<readonly DownloadProgress[]> {
    return this.engine().progress();
  }

  async traffic(): Promise<TrafficInfo> {
    return this.engine().traffic();
  }

  async manifestFromNeighbours(fileId: FileId): Promise<ManifestJson | undefined> {
    return this.engine().manifestFromNeighbours(fileId);
  }

  private engine(): EngineClient {
    if (this.client !== undefined && this.isReady) return this.client;
    throw new ShoalError('engine-down', 'the engine process is not up', { retry: 'transient' });
  }

  /** Told now when it can be, and to every engine that starts later. */
  private async tell(what: string, say: (engine: EngineControl) => Promise<void>): Promise<void> {
    this.told.set(what, say);
    if (this.isReady) await say(this.engine());
  }

  private fork(): void {
    const child = fork(this.options.entry, [], {
      serialization: 'advanced',
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      execArgv: [],
    });
    this.startedAt = performance.now();
    this.lastError = undefined;
    const client = new EngineClient(
      (message) => child.connected && child.send(message, undefined, {}, () => undefined),
      {
        ready: (ready) => void this.up(client, ready),
        failed: (error) => (this.lastError = error),
        event: (event) => this.eventListeners.forEach((listener) => listener(event)),
      },
    );
    this.child = child;
    this.client = client;
    child.on('message', (message) => client.receive(message as FromEngine));
    child.on('error', (error) => (this.lastError = asShoalError(error)));
    child.once('exit', (code, signal) => this.down(client, signal ?? `exit code ${String(code)}`));
    child.send({ kind: 'start', settings: this.settings() }, undefined, {}, () => undefined);
  }

  private settings(): EngineSettings {
    const { settings } = this.options;
    return this.port === undefined
      ? settings
      : { ...settings, listen: { host: settings.listen.host, port: this.port } };
  }

  private async up(client: EngineClient, ready: EngineReady): Promise<void> {
    try {
      for (const say of this.told.values()) await say(client);
    } catch {
      return; // It died again: `down` has been told.
    }
    this.isReady = true;
    this.port = ready.port;
    this.first?.resolve(ready);
    this.first = undefined;
    for (const listener of this.readyListeners) listener(ready);
  }

  private down(client: EngineClient, how: string): void {
    const reason = this.lastError?.message ?? how;
    const wasReady = this.isReady;
    this.isReady = false;
    // It could not start: the port may be taken by now.
    if (!wasReady) this.port = undefined;
    this.child = undefined;
    client.close(
      new ShoalError('engine-down', `the engine process ended: ${reason}`, { retry: 'transient' }),
    );
    if (this.first !== undefined) return this.firstFailed(reason);
    if (this.stopping) return;
    if (wasReady) for (const listener of this.downListeners) listener(reason);
    this.startAgain();
  }

  private firstFailed(reason: string): void {
    this.first?.reject(this.lastError ?? new ShoalError('engine-down', `the engine cannot start: ${reason}`));
    this.first = undefined;
  }

  private startAgain(): void {
    this.failures = performance.now() - this.startedAt > HEALTHY_MS ? 0 : this.failures + 1;
    const delay = Math.min(RESTART_MAX_MS, RESTART_MS * 2 ** Math.max(0, this.failures - 1));
    this.restart = setTimeout(() => this.fork(), jittered(delay, 0.2, this.options.random ?? Math.random));
  }
}
