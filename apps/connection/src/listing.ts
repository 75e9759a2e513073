import type { PeerId } from '#core';
import type { PeerRow, ReplyBody } from '#contracts';
import type { HolderRegistry, PeerRecord, PeerRegistry } from '#registry';

/** Pages of everybody who is here. */
export class Listing {
  constructor(
    private readonly peers: PeerRegistry,
    private readonly holders: HolderRegistry,
  ) {}

  async page(after: PeerId | undefined, limit: number): Promise<ReplyBody<'connection.peers'>> {
    const [found, total] = await Promise.all([this.peers.list(after, limit), this.peers.count()]);
    const files = await this.holders.fileCounts(found.map(({ peerId }) => peerId));
    const last = found[found.length - 1];
    return {
      peers: found.map((peer, at) => rowOf(peer, files[at] ?? 0)),
      total,
      ...(found.length === limit && last !== undefined ? { next: last.peerId } : {}),
    };
  }
}

const rowOf = (peer: PeerRecord, files: number): PeerRow => ({ ...peer, labels: { ...peer.labels }, files });
