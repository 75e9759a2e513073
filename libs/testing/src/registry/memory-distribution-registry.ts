import { ShoalError, type PeerId } from '#core';
import { ROW_STATES, type RowState } from '#contracts';
import {
  begunOf,
  BUSY_ROWS,
  byUrgency,
  endedAs,
  endFact,
  endMessageId,
  FINAL_ROWS,
  judgeMove,
  retryDelay,
  UNSENT_MS,
  type Claim,
  type ClaimLimits,
  type Distribution,
  type DistributionOrder,
  type DistributionRegistry,
  type DistributionRow,
  type EndOrder,
  type EndResult,
  type MoveResult,
  type OutboxFact,
  type PendingRow,
  type RowMove,
  type SentCommand,
} from '#registry';

interface Entry {
  distribution: Distribution;
  readonly rows: Map<PeerId, DistributionRow>;
  readonly retryAt: Map<PeerId, number>;
  readonly claimedAt: Map<PeerId, number>;
  readonly stopping: Set<PeerId>;
}

/** Distributions in plain maps, each rule where the scripts have it. Longer than others, as it is one class for all of them. */
export class MemoryDistributionRegistry implements DistributionRegistry {
  private readonly entries = new Map<string, Entry>();
  private readonly outbox = new Map<string, OutboxFact>();

  async create(order: DistributionOrder): Promise<{ created: boolean; distribution: Distribution }> {
    if (order.targets.length === 0) throw new ShoalError('bad-message', 'no targets');
    const same = ({ distribution: { id, idempotencyKey } }: Entry): boolean =>
      id === order.id || idempotencyKey === order.idempotencyKey;
    const before = [...this.entries.values()].find(same);
    if (before !== undefined) return { created: false, distribution: before.distribution };
    const entry = newEntry(order);
    this.entries.set(order.id, entry);
    return { created: true, distribution: entry.distribution };
  }

  async get(id: string): Promise<Distribution | undefined> {
    return this.entries.get(id)?.distribution;
  }

  async byKey(idempotencyKey: string): Promise<Distribution | undefined> {
    const all = [...this.entries.values()].map(({ distribution }) => distribution);
    return all.find((distribution) => distribution.idempotencyKey === idempotencyKey);
  }

  async rows(id: string): Promise<DistributionRow[]> {
    return sorted(this.entries.get(id));
  }

  async row(id: string, peerId: PeerId): Promise<DistributionRow | undefined> {
    return this.entries.get(id)?.rows.get(peerId);
  }

  async list(after: string | undefined, limit: number): Promise<Distribution[]> {
    const all = [...this.entries.values()].map(({ distribution }) => distribution);
    all.sort((a, b) => b.createdAt - a.createdAt || order(b.id, a.id));
    const start = after === undefined ? 0 : all.findIndex(({ id }) => id === after) + 1;
    return after !== undefined && start === 0 ? [] : all.slice(start, start + limit);
  }

  async moveRow(id: string, peerId: PeerId, move: RowMove): Promise<MoveResult> {
    const entry = this.running(id);
    const row = entry?.rows.get(peerId);
    const distribution = this.entries.get(id)?.distribution;
    if (entry === undefined || row === undefined) return { outcome: 'ignored', distribution };
    const outcome = judgeMove(row, move, entry.distribution.facts.options.retries);
    if (outcome === 'ignored') return { outcome, distribution };
    if (outcome === 'updated') {
      entry.rows.set(peerId, movedRow(row, move));
      return { outcome, distribution: undefined };
    }
    entry.retryAt.delete(peerId);
    if (outcome === 'moved' && FINAL_ROWS.includes(move.to)) entry.claimedAt.delete(peerId);
    const retryAt = outcome === 'retried' ? this.tryAgain(entry, row, move) : undefined;
    if (retryAt === undefined) entry.rows.set(peerId, movedRow(row, move));
    this.noteMove(entry, move);
    this.changed(entry);
    this.settleIfDone(entry, move.now);
    return {
      outcome: 'moved',
      distribution: entry.distribution,
      ...(retryAt === undefined ? {} : { retryAt }),
    };
  }

  async claim(id: string, { concurrency, boundary, limit, now }: ClaimLimits): Promise<Claim> {
    const entry = this.running(id);
    if (entry === undefined) return { rows: [] };
    const claims = [...entry.claimedAt].filter(([, at]) => at <= now - UNSENT_MS);
    const stale = claims.slice(0, limit).map(([peerId]) => entry.rows.get(peerId) as DistributionRow);
    for (const { peerId, state } of stale) if (state !== 'commanded') entry.claimedAt.delete(peerId);
    const { counts } = entry.distribution;
    const again = stale.filter(({ state }) => state === 'commanded');
    const active = counts.commanded + counts.downloading;
    const room = Math.max(0, Math.min(concurrency - active, limit - stale.length));
    const due = [...entry.retryAt].filter(([, at]) => at <= now).sort(([, a], [, b]) => a - b);
    const retried = due.slice(0, room).map(([peerId]) => entry.rows.get(peerId) as DistributionRow);
    const fresh = Math.max(0, Math.min(room - retried.length, boundary - begunOf(entry.distribution)));
    const waiting = [...entry.rows.values()].filter(
      ({ state, peerId }) => state === 'waiting' && !entry.retryAt.has(peerId),
    );
    const next = waiting.sort((a, b) => a.rank - b.rank).slice(0, fresh);
    const rows = [...again, ...[...retried, ...next].map((row) => commandedRow(row, now))];
    for (const row of rows) {
      entry.rows.set(row.peerId, row);
      entry.retryAt.delete(row.peerId);
      entry.claimedAt.set(row.peerId, now);
    }
    if (retried.length + next.length > 0) {
      const { course } = entry.distribution;
      const commands = { firstCommandAt: course.firstCommandAt ?? now, lastCommandAt: now };
      entry.distribution = { ...entry.distribution, course: { ...course, ...commands } };
      this.changed(entry);
    }
    return { rows, ...nextMoment(entry, now) };
  }

  async sent(id: string, commands: readonly SentCommand[], now: number): Promise<void> {
    const entry = this.entries.get(id);
    for (const { peerId, epoch, arrived } of commands) {
      entry?.claimedAt.delete(peerId);
      const row = this.running(id)?.rows.get(peerId);
      if (entry === undefined || row === undefined || arrived) continue;
      if (row.state !== 'commanded' || row.epoch !== epoch) continue;
      entry.rows.set(peerId, { ...row, state: 'offline', updatedAt: now });
      this.changed(entry);
    }
  }

  async requeue(id: string, peerId: PeerId, now: number): Promise<boolean> {
    const entry = this.running(id);
    const row = entry?.rows.get(peerId);
    if (entry === undefined || row?.state !== 'offline') return false;
    entry.rows.set(peerId, { ...row, state: 'waiting', updatedAt: now });
    this.changed(entry);
    return true;
  }

  async end(id: string, order: EndOrder): Promise<EndResult> {
    const entry = this.running(id);
    if (entry === undefined) return { ended: 0, distribution: await this.get(id) };
    const { rows: to, now, error, idleOnly, reason } = order;
    const open = [...entry.rows.values()].filter(
      ({ state }) =>
        !FINAL_ROWS.includes(state) && (idleOnly !== true || ['waiting', 'offline'].includes(state)),
    );
    for (const row of open) {
      if (BUSY_ROWS.includes(row.state)) entry.stopping.add(row.peerId);
      entry.retryAt.delete(row.peerId);
      const ended = { state: to, epoch: row.epoch + 1, rate: 0, updatedAt: now };
      entry.rows.set(row.peerId, { ...row, ...ended, ...(error === undefined ? {} : { error }) });
    }
    const keepParts = order.keepParts === true;
    entry.distribution = { ...entry.distribution, keepParts, ...(reason === undefined ? {} : { reason }) };
    this.changed(entry);
    if (order.state !== undefined && idleOnly !== true) this.finish(entry, order.state, now);
    else this.settleIfDone(entry, now);
    return { ended: open.length, distribution: entry.distribution };
  }

  async retry(id: string, now: number): Promise<number | 'not-told'> {
    const entry = this.entries.get(id);
    if (entry === undefined) return 0;
    const { round, deadline, state } = entry.distribution;
    if (this.outbox.has(endMessageId(id, round))) return 'not-told';
    const again = [...entry.rows.values()].filter((row) => ['failed', 'cancelled'].includes(row.state));
    if (again.length === 0) return 0;
    for (const row of again) {
      entry.stopping.delete(row.peerId);
      const anew = {
        state: 'waiting',
        epoch: row.epoch + 1,
        tries: 0,
        bytes: 0,
        rate: 0,
        updatedAt: now,
      } as const;
      entry.rows.set(row.peerId, { ...row, ...anew });
    }
    const { deadline: _over, finishedAt: _at, reason: _why, ...rest } = entry.distribution;
    const stillDue = deadline !== undefined && deadline > now ? { deadline } : {};
    entry.distribution =
      state === 'running'
        ? { ...entry.distribution, deadline: stillDue.deadline }
        : { ...rest, ...stillDue, state: 'running', round: round + 1 };
    this.changed(entry);
    return again.length;
  }

  async toStop(id: string): Promise<DistributionRow[]> {
    const entry = this.entries.get(id);
    return [...(entry?.stopping ?? [])].map((peerId) => entry?.rows.get(peerId) as DistributionRow);
  }

  async stopped(id: string, peerIds: readonly PeerId[]): Promise<void> {
    const entry = this.entries.get(id);
    for (const peerId of peerIds) {
      entry?.stopping.delete(peerId);
      entry?.claimedAt.delete(peerId);
    }
  }

  async pendingFor(peerId: PeerId): Promise<PendingRow[]> {
    const pending = [...this.entries.values()].flatMap(({ distribution, rows, stopping }) => {
      const row = rows.get(peerId);
      if (row === undefined || (FINAL_ROWS.includes(row.state) && !stopping.has(peerId))) return [];
      return [{ distribution, row }];
    });
    return pending.sort(byUrgency);
  }

  async takeOutbox(limit: number): Promise<OutboxFact[]> {
    return [...this.outbox.values()].sort((a, b) => a.body.finishedAt - b.body.finishedAt).slice(0, limit);
  }

  async confirmOutbox(messageIds: readonly string[]): Promise<void> {
    for (const messageId of messageIds) this.outbox.delete(messageId);
  }

  private running(id: string): Entry | undefined {
    const entry = this.entries.get(id);
    return entry?.distribution.state === 'running' ? entry : undefined;
  }

  /** Returns the moment. */
  private tryAgain(entry: Entry, row: DistributionRow, move: RowMove): number {
    const { peerId, tries } = row;
    const retryAt = move.now + retryDelay(entry.distribution.facts.options.retryDelayMs, tries);
    const next = { state: 'waiting', epoch: row.epoch + 1, tries: tries + 1 } as const;
    entry.rows.set(peerId, { ...movedRow(row, move), ...next, rate: 0 });
    entry.retryAt.set(peerId, retryAt);
    return retryAt;
  }

  private noteMove(entry: Entry, { to, now, sources, milliseconds }: RowMove): void {
    const { course } = entry.distribution;
    const news = to === 'downloading' || to === 'done' ? { firstNewsAt: course.firstNewsAt ?? now } : {};
    const total = sources === undefined ? 0 : sources.sameLabel + sources.other + sources.storage;
    const rate =
      milliseconds === undefined || milliseconds <= 0 ? 0 : Math.round((total / milliseconds) * 1_000);
    const best = to === 'done' && rate > (course.bestRate ?? 0) ? { bestRate: rate } : {};
    const bytes = {
      sameLabel: course.bytes.sameLabel + (sources?.sameLabel ?? 0),
      other: course.bytes.other + (sources?.other ?? 0),
      storage: course.bytes.storage + (sources?.storage ?? 0),
    };
    const done = to === 'done' ? { lastDoneAt: now, bytes } : {};
    entry.distribution = { ...entry.distribution, course: { ...course, ...news, ...best, ...done } };
  }

  private changed(entry: Entry): void {
    const { revision } = entry.distribution;
    const counts = countsOf(entry.rows);
    const retrying = entry.retryAt.size;
    entry.distribution = { ...entry.distribution, counts, retrying, revision: revision + 1 };
  }

  private settleIfDone(entry: Entry, now: number): void {
    const { counts, targets } = entry.distribution;
    if (counts.done + counts.failed + counts.cancelled === targets) this.finish(entry, endedAs(counts), now);
  }

  private finish(entry: Entry, state: Distribution['state'], finishedAt: number): void {
    entry.distribution = { ...entry.distribution, state, finishedAt };
    entry.claimedAt.clear();
    const fact = endFact(entry.distribution, sorted(entry));
    if (fact !== undefined) this.outbox.set(fact.messageId, fact);
  }
}

const newEntry = ({ id, idempotencyKey, facts, targets, now }: DistributionOrder): Entry => {
  const named = [...new Map(targets.map(({ peerId, name }) => [peerId, name]))];
  const rows = new Map(named.map(([peerId, name], rank) => [peerId, newRow(peerId, name, rank, now)]));
  const { deadline } = facts.options;
  const distribution: Distribution = {
    ...{ id, idempotencyKey, facts, state: 'running', revision: 0, round: 0, targets: rows.size },
    ...{ counts: countsOf(rows), retrying: 0, createdAt: now },
    ...(deadline === undefined ? {} : { deadline }),
    keepParts: false,
    course: { bytes: { sameLabel: 0, other: 0, storage: 0 } },
  };
  return { distribution, rows, retryAt: new Map(), claimedAt: new Map(), stopping: new Set() };
};

const newRow = (peerId: PeerId, name: string, rank: number, now: number): DistributionRow => ({
  ...{ peerId, name, rank, state: 'waiting', epoch: 0, tries: 0, bytes: 0, rate: 0, updatedAt: now },
});

const commandedRow = (row: DistributionRow, now: number): DistributionRow => ({
  ...row,
  ...{ state: 'commanded', bytes: 0, updatedAt: now, commandedAt: now },
});

const movedRow = (
  { error: _old, milliseconds: _took, ...row }: DistributionRow,
  move: RowMove,
): DistributionRow => ({
  ...row,
  state: move.to,
  bytes: move.bytes ?? row.bytes,
  rate: move.rate ?? 0,
  updatedAt: move.now,
  ...(move.milliseconds === undefined ? {} : { milliseconds: move.milliseconds }),
  ...(move.error === undefined ? {} : { error: move.error }),
});

const nextMoment = ({ retryAt, claimedAt }: Entry, now: number): { nextAt?: number } => {
  const [firstRetry] = [...retryAt.values()].sort((a, b) => a - b);
  const moments = [
    ...(firstRetry !== undefined && firstRetry > now ? [firstRetry] : []),
    ...[...claimedAt.values()].map((at) => at + UNSENT_MS),
  ];
  return moments.length === 0 ? {} : { nextAt: Math.min(...moments) };
};

const countsOf = (rows: ReadonlyMap<PeerId, DistributionRow>): Record<RowState, number> => {
  const counts = Object.fromEntries(ROW_STATES.map((state) => [state, 0])) as Record<RowState, number>;
  for (const { state } of rows.values()) counts[state]++;
  return counts;
};

const sorted = (entry: Entry | undefined): DistributionRow[] =>
  [...(entry?.rows.values() ?? [])].sort((a, b) =>
    a.name === b.name ? order(a.peerId, b.peerId) : order(a.name, b.name),
  );

const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
