import type {
  LocalEvent,
  LocalStatus,
  localGetRequest,
  localLimitsRequest,
  localPublishRequest,
  localShareRequest,
} from '#contracts';
import type { FileId, PeerId } from '#core';
import type { EngineEvent, EngineReady } from '#engine';
import type { ManagedBroker } from '#platform';
import type { z } from 'zod';
import type { Acknowledger } from './acknowledger.js';
import type { Commands } from './commands.js';
import type { PeerConfig } from './config.js';
import { DataFolder } from './data-folder.js';
import type { Delivery } from './delivery.js';
import type { Downloads } from './downloads.js';
import type { Forgetting } from './forgetting.js';
import type { HoldingsLedger } from './holdings-ledger.js';
import type { Inbox } from './inbox.js';
import type { CleanOrder, Leftovers } from './leftovers.js';
import type { Membership } from './membership.js';
import type { NameBook } from './names/name-book.js';
import type { NameRestoring } from './names/name-restoring.js';
import type { PlacedStorage } from './placed/placed-storage.js';
import type { AnchorLink, EngineHost } from './ports.js';
import type { Presence } from './presence.js';
import type { Publishing } from './publishing.js';
import type { Reports } from './reports.js';
import type { Roots } from './roots.js';
import type { Sharing } from './sharing.js';
import { transfersOf } from './status.js';

export interface Log {
  info(message: string): void;
  warn(message: string): void;
}

/** The parts of a running peer; `assemble` makes them. */
export interface DaemonParts {
  readonly config: PeerConfig;
  readonly peerId: PeerId;
  readonly software: string;
  readonly log: Log;
  readonly engine: EngineHost;
  readonly broker: ManagedBroker;
  readonly anchors: AnchorLink;
  readonly ledger: HoldingsLedger;
  readonly acknowledger: Acknowledger;
  readonly membership: Membership;
  readonly presence: Presence;
  readonly inbox: Inbox;
  readonly book: NameBook;
  readonly names: NameRestoring;
  readonly commands: Commands;
  readonly downloads: Downloads;
  readonly delivery: Delivery;
  readonly publishing: Publishing;
  readonly reports: Reports;
  readonly roots: Roots;
  readonly sharing: Sharing;
  readonly forgetting: Forgetting;
  readonly leftovers: Leftovers;
  readonly placed: PlacedStorage;
  /** Ends the process, gracefully. */
  readonly leaveProcess: (reason: string) => void;
}

type Done = Extract<LocalEvent, { event: 'done' }>;

/** The answer is waited for a moment; anchors that are back later hear of it all the same, for a distribution may wait for this peer. */
const LEAVING = { tries: 1, timeoutMs: 2_000, expirationMs: 60_000 };

/** A peer: its parts joined to each other, and what a person on this machine can ask of it. */
export class PeerDaemon {
  private neighbours = 0;
  private enginePid: number | undefined;
  private limits: { up?: number | null; down?: number | null } = {};

  constructor(private readonly parts: DaemonParts) {}

  /** Resolves when the engine serves and the broker is being connected to; joining goes on by itself. */
  async start(): Promise<void> {
    const { engine, broker, inbox, commands, config } = this.parts;
    engine.onEvent((event) => this.onEngineEvent(event));
    engine.onDown((reason) => this.onEngineDown(reason));
    engine.onReady((ready) => {
      this.enginePid = ready.pid;
      void this.onEngineReady(ready).catch((error: unknown) => this.warn('the engine is up, but', error));
    });
    this.limits = { up: config.maxUp ?? null, down: config.maxDown ?? null };
    inbox.openOn(broker);
    broker.onState((state) => {
      if (state.kind === 'connected') void this.onConnected();
      if (state.kind === 'lost') this.onDisconnected(state.error.message);
      if (state.kind === 'failed' && state.round === 1)
        this.parts.log.warn(`no broker: ${state.error.message}`);
    });
    commands.resume();
  }

  /** Gone from every handout before this resolves, if an anchor can be reached. */
  async leave(): Promise<void> {
    this.parts.names.left();
    await this.parts.book.flush();
    const { membership, anchors, acknowledger, peerId, broker } = this.parts;
    const { incarnation } = membership;
    if (incarnation === undefined || !broker.isConnected) return;
    membership.disconnected();
    await acknowledger.flush();
    acknowledger.end();
    try {
      await anchors.request('connection.leave', { peerId, incarnation }, LEAVING);
    } catch (error) {
      this.warn('leaving without an answer from an anchor:', error);
    }
  }

  /** Leaves, then ends the process. */
  async leaveAndEnd(reason: string): Promise<void> {
    this.parts.log.info(`leaving: ${reason}`);
    await this.leave();
    this.parts.leaveProcess(reason);
  }

  /** No URL of the list can work as configured; what is held is served all the same. */
  brokerImpossible(error: unknown): void {
    this.warn('no broker can be used:', error);
  }

  async publish(
    wish: z.output<typeof localPublishRequest>,
    tell: (event: LocalEvent) => void,
  ): Promise<Done> {
    const path = await this.parts.roots.allow(wish.path);
    return this.parts.publishing.publish({ path, name: wish.name, chunkSize: wish.chunkSize }, tell);
  }

  async share(wish: z.output<typeof localShareRequest>, tell: (event: LocalEvent) => void): Promise<Done> {
    const { roots, sharing } = this.parts;
    const folder = await roots.allowFolder(wish.folder);
    const manifestFile = wish.manifestFile === undefined ? undefined : await roots.allow(wish.manifestFile);
    return sharing.share({ folder, manifestFile, name: wish.name }, tell);
  }

  async get(
    wish: z.output<typeof localGetRequest>,
    tell: (event: LocalEvent) => void,
    signal: AbortSignal,
  ): Promise<Done> {
    const done = await this.parts.delivery.forPerson(wish, tell, signal);
    // The reader of "done" may end this process at once; what it holds should be known by then.
    await this.parts.acknowledger.flush();
    const { fileId, name, version, size, sha256, path, milliseconds, from, alreadyThere, files } = done;
    return {
      event: 'done',
      fileId,
      ...(name === undefined ? {} : { name }),
      ...(version === undefined ? {} : { version }),
      outcome: alreadyThere ? 'already-there' : 'downloaded',
      size,
      sha256,
      path,
      milliseconds,
      from: [...from],
      ...(files === undefined ? {} : { files }),
    };
  }

  clean(order: CleanOrder): ReturnType<Leftovers['clean']> {
    return this.parts.leftovers.clean(order);
  }

  stopSharing(files: readonly FileId[]): ReturnType<Forgetting['stop']> {
    return this.parts.forgetting.stop(files);
  }

  async setLimits(limits: z.output<typeof localLimitsRequest>): Promise<void> {
    this.limits = { ...this.limits, ...withoutUndefined(limits) };
    await this.parts.engine.setLimits(this.limits);
  }

  async status(): Promise<LocalStatus> {
    const { engine, membership, broker, presence, config, peerId, software, inbox, placed } = this.parts;
    const [held, running, traffic] = await Promise.all([
      engine.holdings().catch(() => []),
      engine.progress().catch(() => []),
      engine.traffic().catch(() => undefined),
    ]);
    return {
      peerId,
      incarnation: inbox.current ?? 1,
      name: config.name,
      software,
      networkId: config.networkId,
      ...(membership.anchor === undefined ? {} : { anchor: membership.anchor }),
      connected: broker.isConnected,
      reachable: membership.reachable,
      address: presence.address,
      labels: { ...config.labels },
      roots: [...config.roots],
      dataFolder: config.dataFolder,
      ...(config.keepsLog ? { logFolder: new DataFolder(config.dataFolder).logFolder } : {}),
      ...(this.enginePid === undefined ? {} : { enginePid: this.enginePid }),
      upRate: this.limits.up ?? 0,
      downRate: this.limits.down ?? 0,
      neighbours: this.neighbours,
      ...(traffic === undefined ? {} : { traffic }),
      ...(placed.status === undefined ? {} : { placed: placed.status }),
      transfers: transfersOf(held, running),
    };
  }

  /** What is offered to others is known before the anchors hear of this peer. */
  private async onEngineReady(ready: EngineReady): Promise<void> {
    const { placed, presence } = this.parts;
    await placed.begin().catch((error: unknown) => this.warn('nothing can be placed here:', error));
    await presence.engineReady(ready);
  }

  private async onConnected(): Promise<void> {
    const { inbox, presence, commands } = this.parts;
    try {
      if (inbox.current !== undefined) await presence.connected(inbox.current);
      await commands.tellAgain();
    } catch (error) {
      this.warn('connected to the broker, but', error);
    }
  }

  private onDisconnected(reason: string): void {
    this.parts.log.warn(
      `the connection to the broker is lost (${reason}); downloads go on, connecting again`,
    );
    this.parts.presence.disconnected();
  }

  private onEngineDown(reason: string): void {
    this.enginePid = undefined;
    this.parts.log.warn(`the engine process ended (${reason}); starting it again`);
    this.parts.presence.engineDown();
  }

  private onEngineEvent(event: EngineEvent): void {
    const { ledger, acknowledger, downloads, publishing, sharing, reports } = this.parts;
    if (event.kind === 'held') {
      ledger.add(event.fileId, event.chunkCount, event.ranges);
      acknowledger.wake();
    } else if (event.kind === 'retracted') {
      this.parts.log.warn(`no longer sharing ${event.path}: ${event.reason}`);
      ledger.remove(event.fileId);
      acknowledger.wake();
    } else if (event.kind === 'neighbours') {
      this.neighbours = event.peerIds.length;
    } else if (event.kind === 'trouble') {
      this.parts.log.warn(event.error.message);
    }
    reports.handle(event);
    downloads.handle(event);
    publishing.handle(event);
    sharing.handle(event);
  }

  private warn(what: string, error: unknown): void {
    this.parts.log.warn(`${what} ${error instanceof Error ? error.message : String(error)}`);
  }
}

const withoutUndefined = <T extends object>(value: T): T =>
  Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as T;
