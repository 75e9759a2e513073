import { sample, SharedRun, type FileId, type Random } from '#core';
import { MESSAGE_LIMITS } from '#contracts';
import type { FileHolder, HolderQuery, HolderRegistry } from '#registry';

/** So many times more holders are looked at than one asker can get: for nearness, and for a choice of its own. */
const POOL = 4 * MESSAGE_LIMITS.handoutPeers;
/** A full pool serves whoever asks within so many milliseconds: of many holders, those of just now are as good. */
const FRESH_MS = 250;

type Pool = readonly FileHolder[];

/**
 * Who could be handed out. A fleet that is told of a file asks for its holders all at once, and reading fifty of them is what
 * an answer costs most: so they are read once for all who ask at the same time, and each gets an order of its own.
 * Where there are few, every question gets those of its own moment: the first who has a file must be found at once.
 */
export class Candidates {
  private readonly fresh = new Map<FileId, Pool>();
  private readonly reads = new SharedRun((fileId) => this.read(fileId as FileId));

  constructor(
    private readonly holders: Pick<HolderRegistry, 'holders'>,
    private readonly random: Random = Math.random,
  ) {}

  /** Live holders in random order: at least `limit` of them where there are as many. */
  async of(fileId: FileId, query: HolderQuery): Promise<Pool> {
    if (query.chunk !== undefined) return this.holders.holders(fileId, query);
    const pool = this.fresh.get(fileId) ?? (await this.reads.of(fileId));
    const wanted = pool.filter(({ peer }) => !query.exclude.has(peer.peerId));
    const enough = wanted.length >= query.limit || pool.length < POOL;
    return enough ? sample(wanted, wanted.length, this.random) : this.holders.holders(fileId, query);
  }

  private async read(fileId: FileId): Promise<Pool> {
    const pool = await this.holders.holders(fileId, { limit: POOL, exclude: new Set() });
    if (pool.length === POOL) {
      this.fresh.set(fileId, pool);
      setTimeout(() => this.fresh.delete(fileId), FRESH_MS).unref();
    }
    return pool;
  }
}
