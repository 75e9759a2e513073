import { ShoalError, type Clock, type PeerId } from '#core';
import type { ReceivedRequest, ReplyBody } from '#contracts';
import type { PeerRegistry, RedisFacts } from '#registry';
import type { Dials } from './dials.js';

export interface CheckedFacts {
  readonly anchor: string;
  readonly software: string;
  readonly protocol: number;
  /** The broker says when a peer's connection ends. */
  readonly presenceEvents: () => boolean;
}

/** What an anchor knows of its own health, for a person who looks for what is wrong. */
export class Checking {
  constructor(
    private readonly facts: CheckedFacts,
    private readonly peers: PeerRegistry,
    private readonly dials: Dials,
    private readonly redis: () => Promise<RedisFacts>,
    private readonly clock: Clock,
  ) {}

  /** @throws ShoalError `redis-away` */
  async check({ dial }: ReceivedRequest<'connection.check'>): Promise<ReplyBody<'connection.check'>> {
    const { anchor, software, protocol, presenceEvents } = this.facts;
    const [redis, dialled] = await Promise.all([this.redis(), dial && this.dial(dial)]);
    return {
      ...{ anchor, software, protocol, redis },
      now: this.clock.now(),
      presenceEvents: presenceEvents(),
      ...(dialled === undefined ? {} : { dialled }),
    };
  }

  /** The chunk port of a peer as the others see it. */
  private async dial(peerId: PeerId): Promise<ReplyBody<'connection.check'>['dialled']> {
    const [peer] = await this.peers.find([peerId]);
    if (peer === undefined) throw new ShoalError('not-found', `no peer ${peerId} is in the network`);
    return this.dials.dial(peer);
  }
}
