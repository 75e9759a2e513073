import { sample, type Incarnation, type PeerId, type Random } from '#core';
import type { Address, ReplyBody, StorageOffer } from '#contracts';
import type { EngineReady } from '#engine';
import type { Acknowledger } from './acknowledger.js';
import type { HoldingsLedger } from './holdings-ledger.js';
import type { Membership } from './membership.js';
import type { AnchorLink, EngineHost } from './ports.js';

/** Links that a peer keeps while it transfers nothing: enough to find a manifest when every anchor is gone. */
const NEIGHBOURS = 4;

export interface PresenceParts {
  readonly peerId: PeerId;
  readonly advertise: { readonly host: string; readonly port?: number };
  readonly engine: EngineHost;
  readonly anchors: AnchorLink;
  readonly ledger: HoldingsLedger;
  readonly acknowledger: Acknowledger;
  readonly random: Random;
  readonly storage: () => StorageOffer | undefined;
  readonly onTrouble: (error: unknown) => void;
}

/**
 * Keeps what the anchors know of this peer true: its chunk port, whether its engine serves, what it holds. Two things
 * change under it by themselves: the connection to the broker (a new incarnation each) and the engine process.
 */
export class Presence {
  private port: number | undefined;
  private isServing = false;
  /** Sent so far. */
  private leases = 0;
  private membership!: Membership;
  private incarnation: Incarnation | undefined;

  constructor(private readonly parts: PresenceParts) {}

  /** The membership calls back into this object, so it is given afterwards. */
  use(membership: Membership): void {
    this.membership = membership;
  }

  get serving(): boolean {
    return this.isServing;
  }

  get address(): Address {
    const { host, port } = this.parts.advertise;
    return { host, port: port ?? this.port ?? 1 };
  }

  /** A new connection to the broker; its inbox exists. */
  async connected(incarnation: Incarnation): Promise<void> {
    this.incarnation = incarnation;
    this.parts.acknowledger.end();
    if (this.isServing) await this.parts.engine.setIncarnation(incarnation);
    if (this.port !== undefined) this.membership.connected(incarnation, this.address);
  }

  disconnected(): void {
    this.incarnation = undefined;
    this.parts.acknowledger.end();
    this.membership.disconnected();
  }

  joined(reply: ReplyBody<'connection.join'>, incarnation: Incarnation): void {
    const { acknowledger, peerId, engine, random, onTrouble } = this.parts;
    void acknowledger.begin(peerId, incarnation, reply.acknowledgeIntervalMs);
    const neighbours = sample(reply.peers, NEIGHBOURS, random).map(({ address, ...peer }) => ({
      ...peer,
      ...address,
    }));
    engine.setNeighbours(neighbours).catch(onTrouble);
    if (!this.isServing) void this.sendLease();
  }

  async engineReady(ready: EngineReady): Promise<void> {
    const moved = this.port !== undefined && this.port !== ready.port;
    const first = this.port === undefined;
    this.port = ready.port;
    this.isServing = true;
    this.parts.ledger.reset(ready.holdings);
    if (this.incarnation === undefined) return;
    await this.parts.engine.setIncarnation(this.incarnation);
    if (first) return this.membership.connected(this.incarnation, this.address);
    if (moved) return this.membership.moved(this.address);
    await this.sendLease();
    await this.parts.acknowledger.report();
  }

  /** The engine process ended: nothing is served until it is back, and the anchors hear it at once. */
  engineDown(): void {
    this.isServing = false;
    void this.sendLease();
  }

  leaseDue(): void {
    void this.sendLease();
  }

  private async sendLease(): Promise<void> {
    const { peerId, anchors, ledger, onTrouble } = this.parts;
    const incarnation = this.membership.incarnation;
    if (incarnation === undefined) return;
    try {
      const body = {
        peerId,
        incarnation,
        sequence: ++this.leases,
        serving: this.isServing,
        holdingsDigest: ledger.digest(),
        storage: this.parts.storage(),
      };
      await anchors.report('connection.lease', body);
    } catch (error) {
      onTrouble(error);
    }
  }
}
