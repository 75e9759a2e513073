import { jittered, ShoalError, type Incarnation, type PeerId, type Random } from '#core';
import type { Address, PeerAddress, ReplyBody, RequestBody, StorageOffer } from '#contracts';
import { joinOrder } from './anchor-order.js';
import type { Timers } from './ports.js';

export interface PeerIdentity {
  readonly peerId: PeerId;
  /** Base64 of the raw Ed25519 public key. */
  readonly publicKey: string;
}

export interface MembershipSettings extends PeerIdentity {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly networkId: string;
  readonly software: string;
  readonly protocol: number;
  readonly anchors: readonly string[];
}

/** How a join reaches one anchor (undefined: whichever is free). */
export type AskToJoin = (
  anchor: string | undefined,
  body: RequestBody<'connection.join'>,
) => Promise<ReplyBody<'connection.join'>>;

export interface MembershipEvents {
  joined(reply: ReplyBody<'connection.join'>, incarnation: Incarnation): void;
  /** Another try follows. */
  joinFailed(error: unknown): void;
  leaseDue(): void;
}

const RETRY_FIRST_MS = 500;
const RETRY_MAX_MS = 15_000;

/**
 * Being in the network: asks the anchors in order until one takes this peer, then keeps the lease. One connection to the
 * broker is one incarnation; a new connection joins again from the start.
 */
export class Membership {
  private current: { incarnation: Incarnation; address: Address } | undefined;
  private stopTimer: (() => void) | undefined;
  private cluster: string | undefined;
  private reply: ReplyBody<'connection.join'> | undefined;

  constructor(
    private readonly settings: MembershipSettings,
    private readonly ask: AskToJoin,
    private readonly events: MembershipEvents,
    private readonly timers: Timers,
    private readonly random: Random,
    private readonly storage: () => StorageOffer | undefined = () => undefined,
  ) {}

  get anchor(): string | undefined {
    return this.reply?.anchor;
  }
  /** Of the last join. */
  get registry(): string | undefined {
    return this.reply?.registry;
  }
  get reachable(): boolean {
    return this.reply?.reachable ?? false;
  }
  get incarnation(): Incarnation | undefined {
    return this.current?.incarnation;
  }
  get neighbours(): readonly PeerAddress[] {
    return this.reply?.peers ?? [];
  }

  /** A connection is up: join under its incarnation, again and again until an anchor answers. */
  connected(incarnation: Incarnation, address: Address): void {
    this.disconnected();
    this.current = { incarnation, address };
    void this.attempt(this.current, 0);
  }

  /** The chunk port moved (the engine came back on another one): join again with the same incarnation. */
  moved(address: Address): void {
    if (this.current !== undefined) this.connected(this.current.incarnation, address);
  }

  /** An anchor does not know this peer (any more). */
  rejoin(): void {
    if (this.current !== undefined) this.connected(this.current.incarnation, this.current.address);
  }

  disconnected(): void {
    this.current = undefined;
    this.reply = undefined;
    this.stopTimer?.();
    this.stopTimer = undefined;
  }

  private async attempt(session: NonNullable<Membership['current']>, failures: number): Promise<void> {
    try {
      const reply = await this.join(session);
      if (this.current !== session) return;
      this.reply = reply;
      this.events.joined(reply, session.incarnation);
      this.keepLease(session);
    } catch (error) {
      if (this.current !== session) return;
      this.events.joinFailed(error);
      const delay = Math.min(RETRY_MAX_MS, RETRY_FIRST_MS * 2 ** failures);
      this.stopTimer = this.timers.after(jittered(delay, 0.3, this.random), () => {
        void this.attempt(session, failures + 1);
      });
    }
  }

  private async join(session: NonNullable<Membership['current']>): Promise<ReplyBody<'connection.join'>> {
    const { name, labels, networkId, software, protocol, peerId, publicKey } = this.settings;
    const body = {
      peerId,
      publicKey,
      name,
      labels,
      networkId,
      software,
      protocol,
      storage: this.storage(),
      ...session,
    };
    let failure: unknown;
    for (const anchor of [...joinOrder(this.settings.anchors, this.random), undefined]) {
      try {
        const reply = await this.ask(anchor, body);
        this.checkCluster(reply.clusterName);
        return reply;
      } catch (error) {
        // An anchor that answers "no" speaks for the network; only silence sends the peer to the next one.
        if (error instanceof ShoalError && error.retry === 'permanent' && error.code !== 'unroutable')
          throw error;
        failure = error;
      }
    }
    throw new ShoalError('no-anchor', `no anchor of ${this.settings.anchors.join(', ')} answers`, {
      retry: 'transient',
      hint: 'Check ANCHORS, and that the connection process of an anchor runs.',
      cause: failure,
    });
  }

  /** All anchors of one list must stand on one broker cluster, or half of the peers would not see the other half. */
  private checkCluster(name: string): void {
    this.cluster ??= name;
    if (this.cluster !== name) {
      throw new ShoalError(
        'wrong-network',
        `anchors of two clusters in one list: "${this.cluster}" and "${name}"`,
        {
          hint: 'List in ANCHORS only nodes of one RabbitMQ cluster.',
        },
      );
    }
  }

  private keepLease(session: NonNullable<Membership['current']>): void {
    const seconds = this.reply?.leaseSeconds ?? 0;
    if (seconds <= 0) return;
    this.stopTimer = this.timers.after(jittered(seconds * 1_000, 0.1, this.random), () => {
      if (this.current !== session) return;
      this.events.leaseDue();
      this.keepLease(session);
    });
  }
}
