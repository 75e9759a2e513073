import { ShoalError, type PeerId } from '#core';
import { ROW_STATES, type RowState } from '#contracts';
import {
  endedAs,
  endFact,
  FINAL_ROWS,
  judgeMove,
  type CancelResult,
  type Distribution,
  type DistributionOrder,
  type DistributionRegistry,
  type DistributionRow,
  type MoveResult,
  type OutboxFact,
  type RowMove,
} from '#registry';

interface Entry {
  distribution: Distribution;
  readonly rows: Map<PeerId, DistributionRow>;
}

export class MemoryDistributionRegistry implements DistributionRegistry {
  private readonly entries = new Map<string, Entry>();
  private readonly outbox = new Map<string, OutboxFact>();

  async create(order: DistributionOrder): Promise<{ created: boolean; distribution: Distribution }> {
    if (order.targets.length === 0) throw new ShoalError('bad-message', 'no targets');
    const same = ({ distribution: { id, idempotencyKey } }: Entry): boolean =>
      id === order.id || idempotencyKey === order.idempotencyKey;
    const before = [...this.entries.values()].find(same);
    if (before !== undefined) return { created: false, distribution: before.distribution };
    const rows = new Map(order.targets.map((target) => [target.peerId, newRow(target, order.now)]));
    const { id, idempotencyKey, facts, now } = order;
    const counts = countsOf(rows);
    const standing = { state: 'running', epoch: 0, targets: rows.size, counts, createdAt: now } as const;
    const distribution: Distribution = { id, idempotencyKey, facts, ...standing };
    this.entries.set(id, { distribution, rows });
    return { created: true, distribution };
  }

  async get(id: string): Promise<Distribution | undefined> {
    return this.entries.get(id)?.distribution;
  }

  async rows(id: string): Promise<DistributionRow[]> {
    const rows = [...(this.entries.get(id)?.rows.values() ?? [])];
    return rows.sort((a, b) => (a.name === b.name ? order(a.peerId, b.peerId) : order(a.name, b.name)));
  }

  async list(after: string | undefined, limit: number): Promise<Distribution[]> {
    const all = [...this.entries.values()].map(({ distribution }) => distribution);
    all.sort((a, b) => b.createdAt - a.createdAt || order(b.id, a.id));
    const start = after === undefined ? 0 : all.findIndex(({ id }) => id === after) + 1;
    return after !== undefined && start === 0 ? [] : all.slice(start, start + limit);
  }

  async moveRow(id: string, peerId: PeerId, move: RowMove): Promise<MoveResult> {
    const entry = this.entries.get(id);
    const row = entry?.rows.get(peerId);
    if (entry === undefined || row === undefined || entry.distribution.state !== 'running') return IGNORED;
    const outcome = judgeMove(row, move);
    if (outcome === 'ignored') return IGNORED;
    entry.rows.set(peerId, movedRow(row, move));
    this.recount(entry);
    const { counts, targets } = entry.distribution;
    const finished = counts.done + counts.failed + counts.cancelled === targets;
    if (finished) this.finish(entry, { state: endedAs(counts), finishedAt: move.now });
    return { outcome, finished };
  }

  async cancel(id: string, now: number): Promise<CancelResult> {
    const entry = this.entries.get(id);
    if (entry === undefined || entry.distribution.state !== 'running') {
      return { cancelled: [], epoch: entry?.distribution.epoch ?? 0, finished: false };
    }
    const epoch = entry.distribution.epoch + 1;
    const open = [...entry.rows.values()].filter(({ state }) => !FINAL_ROWS.includes(state));
    for (const row of open) {
      const newest = Math.max(epoch, row.epoch);
      entry.rows.set(row.peerId, { ...row, state: 'cancelled', epoch: newest, rate: 0, updatedAt: now });
    }
    this.recount(entry);
    this.finish(entry, { state: 'cancelled', finishedAt: now, epoch });
    return {
      cancelled: open.map(({ peerId, state }) => ({ peerId, before: state })),
      epoch,
      finished: true,
    };
  }

  async pendingFor(peerId: PeerId): Promise<{ distribution: Distribution; row: DistributionRow }[]> {
    const pending = [...this.entries.values()].flatMap(({ distribution, rows }) => {
      const row = rows.get(peerId);
      return row === undefined || FINAL_ROWS.includes(row.state) ? [] : [{ distribution, row }];
    });
    return pending.sort((a, b) => a.distribution.createdAt - b.distribution.createdAt);
  }

  async takeOutbox(limit: number): Promise<OutboxFact[]> {
    return [...this.outbox.values()].sort((a, b) => a.body.finishedAt - b.body.finishedAt).slice(0, limit);
  }

  async confirmOutbox(messageIds: readonly string[]): Promise<void> {
    for (const messageId of messageIds) this.outbox.delete(messageId);
  }

  private recount(entry: Entry): void {
    entry.distribution = { ...entry.distribution, counts: countsOf(entry.rows) };
  }

  private finish(entry: Entry, end: Partial<Distribution>): void {
    entry.distribution = { ...entry.distribution, ...end };
    const fact = endFact(entry.distribution);
    if (fact !== undefined) this.outbox.set(fact.messageId, fact);
  }
}

const IGNORED: MoveResult = { outcome: 'ignored', finished: false };

const newRow = (target: { peerId: PeerId; name: string }, now: number): DistributionRow => ({
  ...target,
  state: 'waiting',
  epoch: 0,
  bytes: 0,
  rate: 0,
  updatedAt: now,
});

const movedRow = (row: DistributionRow, move: RowMove): DistributionRow => ({
  peerId: row.peerId,
  name: row.name,
  state: move.to,
  epoch: move.epoch,
  bytes: move.bytes ?? (move.epoch > row.epoch ? 0 : row.bytes),
  rate: move.rate ?? 0,
  updatedAt: move.now,
  ...(move.error === undefined ? {} : { error: move.error }),
});

const countsOf = (rows: ReadonlyMap<PeerId, DistributionRow>): Record<RowState, number> => {
  const counts = Object.fromEntries(ROW_STATES.map((state) => [state, 0])) as Record<RowState, number>;
  for (const { state } of rows.values()) counts[state]++;
  return counts;
};

const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
