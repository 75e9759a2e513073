import { sample, SharedRun, type FileId, type Random } from '#core';
import { MESSAGE_LIMITS } from '#contracts';
import type { FileHolder, HolderQuery, HolderRegistry } from '#registry';

/** So many times more holders are looked at than one asker can get: for nearness, and for a choice of its own. */
const POOL = 4 * MESSAGE_LIMITS.handoutPeers;

/**
 * Who could be handed out. A fleet that is told of a file asks for its holders all at once, and reading fifty of them is what
 * an answer costs most: so they are read once for all who ask at the same time, and each gets an order of its own.
 */
export class Candidates {
  private readonly pools = new SharedRun((fileId) =>
    this.holders.holders(fileId as FileId, { limit: POOL, exclude: new Set() }),
  );

  constructor(
    private readonly holders: Pick<HolderRegistry, 'holders'>,
    private readonly random: Random = Math.random,
  ) {}

  /** Live holders in random order: at least `limit` of them where there are as many. */
  async of(fileId: FileId, query: HolderQuery): Promise<readonly FileHolder[]> {
    if (query.chunk !== undefined) return this.holders.holders(fileId, query);
    const pool = await this.pools.of(fileId);
    const wanted = pool.filter(({ peer }) => !query.exclude.has(peer.peerId));
    const enough = wanted.length >= query.limit || pool.length < POOL;
    return enough ? sample(wanted, wanted.length, this.random) : this.holders.holders(fileId, query);
  }
}
