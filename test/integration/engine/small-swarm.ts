import { randomBytes } from 'node:crypto';
import { mkdtemp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ChunkRange, FileId, PeerId } from '#core';
import type { ManifestJson } from '#chunking';
import {
  Engine,
  loadIdentity,
  type DownloadOrder,
  type EngineEvent,
  type EngineReady,
  type EngineSettings,
  type SourceAddress,
} from '#engine';

type EventOf<K extends EngineEvent['kind']> = Extract<EngineEvent, { kind: K }>;

/** One engine of a test, with a folder of its own and all its events. */
export class TestPeer {
  readonly events: EngineEvent[] = [];
  private readonly waiters = new Set<() => void>();

  private constructor(
    readonly name: string,
    readonly folder: string,
    readonly engine: Engine,
    readonly peerId: PeerId,
    private readonly hear: { event: (event: EngineEvent) => void },
  ) {
    this.hear.event = (event) => {
      this.events.push(event);
      for (const wake of [...this.waiters]) wake();
    };
  }

  ready!: EngineReady;

  static async make(name: string, folder: string, changes: Partial<EngineSettings> = {}): Promise<TestPeer> {
    await mkdir(folder, { recursive: true });
    const keyFile = join(folder, 'key.pem');
    const { peerId } = await loadIdentity(keyFile);
    const hear = { event: (_event: EngineEvent): void => undefined };
    const settings: EngineSettings = {
      dataFolder: join(folder, 'data'),
      listen: { host: '127.0.0.1', port: 0 },
      advertise: { host: '127.0.0.1' },
      networkId: 'test',
      name,
      keyFile,
      ...changes,
    };
    const engine = new Engine(settings, (event) => hear.event(event));
    const peer = new TestPeer(name, folder, engine, peerId, hear);
    peer.ready = await engine.start();
    return peer;
  }

  get address(): SourceAddress {
    return { peerId: this.peerId, incarnation: 0, name: this.name, host: '127.0.0.1', port: this.ready.port };
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  /** Puts a file into the folder and serves it. */
  async publish(name: string, content: Uint8Array, chunkSize: number): Promise<ManifestJson> {
    await writeFile(this.path(name), content);
    const manifest = await this.engine.digest(this.path(name), chunkSize);
    await this.engine.serve(manifest, this.path(name), name);
    return manifest;
  }

  order(
    manifest: ManifestJson,
    from: readonly TestPeer[],
    changes: Partial<DownloadOrder> = {},
  ): DownloadOrder {
    const sources = from.map(({ address }) => address);
    return { manifest, target: this.path('got'), force: false, sources, ...changes };
  }

  content(name = 'got'): Promise<Buffer> {
    return readFile(this.path(name));
  }

  heard<K extends EngineEvent['kind']>(kind: K): EventOf<K>[] {
    return this.events.filter((event): event is EventOf<K> => event.kind === kind);
  }

  /** Resolves with the first event, old or new, that fits. */
  async until<K extends EngineEvent['kind']>(
    kind: K,
    fits: (event: EventOf<K>) => boolean = () => true,
    withinMs = 10_000,
  ): Promise<EventOf<K>> {
    for (const deadline = Date.now() + withinMs; ;) {
      const found = this.heard(kind).find(fits);
      if (found !== undefined) return found;
      if (Date.now() >= deadline) throw new Error(`${this.name} heard no such ${kind} in ${withinMs} ms`);
      await this.nextEvent(deadline - Date.now());
    }
  }

  /** How many chunks it holds of a file, as told to the control plane. */
  async heldChunks(fileId: FileId): Promise<number> {
    const holding = (await this.engine.holdings()).find((held) => held.fileId === fileId);
    return (holding?.ranges ?? []).reduce((sum, { start, end }: ChunkRange) => sum + end - start, 0);
  }

  private nextEvent(withinMs: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        this.waiters.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, withinMs);
      this.waiters.add(wake);
    });
  }
}

/** Engines in one process on the loopback interface; all gone after `close`. */
export class SmallSwarm {
  readonly peers: TestPeer[] = [];

  private constructor(readonly root: string) {}

  static async make(): Promise<SmallSwarm> {
    return new SmallSwarm(await mkdtemp(join(tmpdir(), 'shoal-swarm-')));
  }

  async peer(name: string, changes: Partial<EngineSettings> = {}): Promise<TestPeer> {
    const peer = await TestPeer.make(name, join(this.root, name), changes);
    this.peers.push(peer);
    return peer;
  }

  async close(): Promise<void> {
    await Promise.all(this.peers.map(({ engine }) => engine.stop()));
    await rm(this.root, { recursive: true, force: true });
  }
}

export const KIB = 1_024;

export const randomContent = (bytes: number): Buffer => randomBytes(bytes);
