import { createHash } from 'node:crypto';
import { ShoalError, shortId, type Clock, type PeerId } from '#core';
import type { Address, PeerAddress, ReceivedRequest, ReplyBody } from '#contracts';
import { MESSAGE_LIMITS } from '#contracts';
import type { Outgoing } from '#platform';
import type { PeerRecord, PeerRegistry, RegistryIdentity } from '#registry';
import { acknowledgeInterval } from '#swarm';
import type { Dials } from './dials.js';
import type { Log } from './ports.js';

export interface AnchorFacts {
  readonly anchor: string;
  readonly networkId: string;
  /** Chunk protocol that this network speaks. */
  readonly protocol: number;
  /** Of the broker; known once it is connected. */
  readonly clusterName: () => string;
  /** Seconds until a peer's next lease is due. */
  readonly leaseSeconds: () => number;
}

export interface JoinSurroundings {
  readonly clock: Clock;
  readonly log: Log;
  readonly identity: RegistryIdentity;
  /** Accused by several: it may join and download, but is handed out to nobody. */
  readonly isShunned?: (peerId: PeerId) => Promise<boolean>;
}

type JoinRequest = ReceivedRequest<'connection.join'>;

/** Why a peer is asked to join again whose id another one took. */
export const NEWER_ONE = 'a newer one has this peer id';

/** Takes peers in: who it is, whether it can be reached, whom it should know. */
export class Joining {
  constructor(
    private readonly peers: PeerRegistry,
    private readonly dials: Dials,
    private readonly outgoing: Outgoing,
    private readonly facts: AnchorFacts,
    private readonly around: JoinSurroundings,
  ) {}

  /**
   * What a peer asks again is told again: the process that had it first may have ended before it told the world.
   * @throws ShoalError `wrong-network`, `wrong-version`, `not-allowed` (the key is not this peer's), `stale`
   */
  async join(request: JoinRequest): Promise<ReplyBody<'connection.join'>> {
    this.check(request);
    // Nobody is handed out before an anchor has met it at the address that it gives.
    // Asked before it enters: were Redis emptied in between, the peer hears of another registry and comes again.
    const registry = (await this.around.identity.current(this.around.clock.now())).id;
    const reachable = (await this.dials.dial(request)) === 'same';
    const shunned = (await this.around.isShunned?.(request.peerId)) === true;
    const peer = this.recordOf(request, reachable && !shunned);
    const replaced = await this.enter(peer);
    return {
      anchor: this.facts.anchor,
      registry,
      clusterName: this.facts.clusterName(),
      leaseSeconds: this.facts.leaseSeconds(),
      acknowledgeIntervalMs: acknowledgeInterval(await this.peers.count()),
      reachable,
      ...(replaced === undefined ? {} : { replaced }),
      peers: await this.handout(peer.peerId),
    };
  }

  /** Graceful: true when this incarnation was here. */
  async leave(peerId: PeerId, incarnation: number, again = false): Promise<boolean> {
    const left = await this.peers.leave(peerId, incarnation);
    if (left || again) await this.tellLeft(peerId, incarnation, 'left');
    return left;
  }

  private tellLeft(peerId: PeerId, incarnation: number, reason: 'left' | 'replaced'): Promise<void> {
    const body = { peerId, incarnation, reason };
    return this.outgoing.fact('peer.left', peerId, body, `peer-left/${peerId}/${incarnation}`);
  }

  private check({ networkId, protocol, publicKey, peerId, name }: JoinRequest): void {
    if (networkId !== this.facts.networkId) {
      throw new ShoalError(
        'wrong-network',
        `this is the network "${this.facts.networkId}", not "${networkId}"`,
        {
          hint: 'Set SHOAL_NETWORK to the network of these anchors.',
        },
      );
    }
    if (protocol !== this.facts.protocol) {
      throw new ShoalError(
        'wrong-version',
        `"${name}" speaks version ${protocol} of the chunk protocol, this network ${this.facts.protocol}`,
        { hint: 'Run the same version of Shoal on all machines.' },
      );
    }
    const owner = createHash('sha256').update(Buffer.from(publicKey, 'base64')).digest('hex').slice(0, 40);
    if (owner !== peerId)
      throw new ShoalError('not-allowed', `the key of "${name}" is not that of peer ${peerId}`);
  }

  private recordOf(request: JoinRequest, reachable: boolean): PeerRecord {
    const { peerId, incarnation, name, address, labels, software, storage } = request;
    const now = this.around.clock.now();
    return {
      ...{ peerId, incarnation, name, address, labels, software, reachable, storage },
      anchor: this.facts.anchor,
      joinedAt: now,
      leaseAt: now,
      serving: true,
    };
  }

  /** Where another peer was here under this peer id. */
  private async enter(peer: PeerRecord): Promise<Address | undefined> {
    const { peerId, incarnation, name, address, labels, anchor } = peer;
    const outcome = await this.peers.join(peer);
    if (outcome.kind === 'stale') {
      throw new ShoalError(
        'stale',
        `peer ${shortId(peerId)} ("${name}") is here already under a newer incarnation (${outcome.newest}): is its key used twice?`,
        {
          hint: 'Two machines with one key? Delete key.pem in the data folder of one of them.',
        },
      );
    }
    const before = outcome.kind === 'replaced' ? outcome.before : undefined;
    const replaced = before === undefined ? undefined : await this.noteReplaced(peer, before);
    if (before !== undefined) await this.tellLeft(peerId, before.incarnation, 'replaced');
    const joined = { peerId, incarnation, name, address, labels, anchor };
    await this.outgoing.fact('peer.joined', peerId, joined, `peer-joined/${peerId}/${incarnation}`);
    this.around.log.info({ peer: name, peerId: shortId(peerId), incarnation }, 'a peer joined');
    return replaced;
  }

  /**
   * The same machine comes back all the time; another address, or an inbox of before that is still there, is a copied key.
   * Who has that inbox is made to join again, and so hears why it cannot.
   */
  private async noteReplaced(peer: PeerRecord, before: PeerRecord): Promise<Address | undefined> {
    const [now, then] = [peer.address, before.address];
    if (now.host === then.host && now.port === then.port) return undefined;
    const runs = await this.outgoing.command(before, 'command.rejoin', { reason: NEWER_ONE });
    if (now.host === then.host && !runs) return undefined;
    this.around.log.warn(
      { peerId: peer.peerId, before: addressText(then), now: addressText(now) },
      'a peer id came back at another address: is a key used twice?',
    );
    return then;
  }

  private async handout(asker: PeerId): Promise<PeerAddress[]> {
    const peers = await this.peers.sampleLive(MESSAGE_LIMITS.handoutPeers, new Set([asker]));
    return peers.map(({ peerId, incarnation, name, address }) => ({ peerId, incarnation, name, address }));
  }
}

const addressText = ({ host, port }: Address): string =>
  host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
