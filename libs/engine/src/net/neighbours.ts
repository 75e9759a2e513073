import { jittered, type FileId, type PeerId, type Random, type ShoalError } from '#core';
import type { Message } from '#wire';
import type { SourceAddress } from '../control.js';
import { ENGINE_LIMITS } from '../engine-limits.js';
import type { Dialer } from './dialer.js';
import type { PeerExchange } from './peer-exchange.js';
import type { Session } from './session.js';

/** First and longest wait before a neighbour is dialled again, milliseconds. */
const RETRY_MS = 2_000;
const RETRY_MAX_MS = 60_000;

interface Neighbour {
  readonly address: SourceAddress;
  session: Session | undefined;
  linked: boolean;
  failures: number;
  retry: NodeJS.Timeout | undefined;
}

export interface NeighbourParts {
  readonly self: PeerId;
  readonly dialer: Dialer;
  readonly exchange: PeerExchange;
  readonly random: Random;
  /** The peers that are linked now; called after a change, not more than once a turn of the event loop. */
  readonly changed: (peerIds: readonly PeerId[]) => void;
}

/** Links to a few peers that are kept while nothing is transferred: the way to others when no anchor is there. */
export class Neighbours {
  private readonly all = new Map<PeerId, Neighbour>();
  private reporting = false;

  constructor(private readonly parts: NeighbourParts) {}

  /** Links to those that stay are kept. At most eight. */
  set(addresses: readonly SourceAddress[]): void {
    const wanted = addresses.filter(({ peerId, port }) => peerId !== this.parts.self && port !== 0);
    const next = new Map(
      wanted.slice(0, ENGINE_LIMITS.neighbours).map((address) => [address.peerId, address]),
    );
    for (const [peerId, neighbour] of [...this.all]) {
      if (!isSame(neighbour.address, next.get(peerId))) this.drop(peerId, neighbour);
    }
    for (const [peerId, address] of next) if (!this.all.has(peerId)) this.add(address);
  }

  *sessions(): IterableIterator<Session> {
    for (const { session, linked } of this.all.values()) if (linked && session !== undefined) yield session;
  }

  askForPeers(fileId: FileId): void {
    for (const session of this.sessions()) session.send({ type: 'get-peers', fileId });
  }

  private add(address: SourceAddress): void {
    const neighbour = { address, session: undefined, linked: false, failures: 0, retry: undefined };
    this.all.set(address.peerId, neighbour);
    this.dial(neighbour);
  }

  private drop(peerId: PeerId, neighbour: Neighbour): void {
    this.all.delete(peerId);
    clearTimeout(neighbour.retry);
    neighbour.session?.close();
  }

  private dial(neighbour: Neighbour): void {
    const { host, port, peerId } = neighbour.address;
    neighbour.session = this.parts.dialer.dial(
      { host, port, expected: { peerId } },
      {
        ready: () => this.linked(neighbour),
        message: (session, message: Message) => this.parts.exchange.message(session, message),
        closed: (session, reason) => this.ended(neighbour, session, reason),
      },
    );
  }

  private linked(neighbour: Neighbour): void {
    neighbour.linked = true;
    neighbour.failures = 0;
    this.report();
  }

  private ended(neighbour: Neighbour, session: Session, _reason: ShoalError): void {
    this.parts.exchange.closed(session);
    if (neighbour.linked) this.report();
    neighbour.linked = false;
    neighbour.session = undefined;
    if (this.all.get(neighbour.address.peerId) !== neighbour) return;
    const delay = Math.min(RETRY_MAX_MS, RETRY_MS * 2 ** neighbour.failures++);
    neighbour.retry = setTimeout(() => this.dial(neighbour), jittered(delay, 0.3, this.parts.random));
  }

  private report(): void {
    if (this.reporting) return;
    this.reporting = true;
    setImmediate(() => {
      this.reporting = false;
      this.parts.changed(
        [...this.all.values()].filter(({ linked }) => linked).map(({ address }) => address.peerId),
      );
    });
  }
}

const isSame = (a: SourceAddress, b: SourceAddress | undefined): boolean =>
  a.host === b?.host && a.port === b.port && a.incarnation === b.incarnation;
