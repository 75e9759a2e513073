import { PEER_NAME_PATTERN, ShoalError, type PeerId } from '#core';
import { distributionOf, endFact } from './distribution-end.js';
import {
  distributionFromFields,
  distributionIn,
  pairsIn,
  rowFromField,
  rowsIn,
} from './distribution-fields.js';
import { UNSENT_MS } from './distribution-moves.js';
import type {
  Claim,
  ClaimLimits,
  Distribution,
  DistributionOrder,
  DistributionRegistry,
  DistributionRow,
  EndOrder,
  EndResult,
  MoveResult,
  OutboxFact,
  PendingRow,
  RowMove,
  SentCommand,
} from './distribution-registry.js';
import { redisKey } from './keys.js';
import { list, numberIn, text, type ScriptRunner } from './script.js';
import { CREATE, MOVE } from './scripts/distribution.lua.js';
import { CLAIM, LIST_DISTRIBUTIONS, PENDING, REQUEUE, SENT } from './scripts/distribution-claims.lua.js';
import { END, RETRY, STOPPED } from './scripts/distribution-ends.lua.js';

const DAY = 24 * 60 * 60_000;
/** A repeated request is recognised for so long, milliseconds. */
const KEY_LIFETIME = 7 * DAY;
/** A distribution is kept for so long after its end, milliseconds. */
const RETENTION = 7 * DAY;
/** Unsettled rows read for one peer. */
const PENDING_MAX = 500;

/** Distributions in Redis: a hash each, one hash with a field per target, and sets of targets that something is due for. */
export class RedisDistributionRegistry implements DistributionRegistry {
  constructor(private readonly scripts: ScriptRunner) {}

  async create(order: DistributionOrder): Promise<{ created: boolean; distribution: Distribution }> {
    const targets = targetsOf(order);
    const { retries, retryDelayMs, deadline } = order.facts.options;
    const reply = await this.scripts.run(
      CREATE,
      order.id,
      order.idempotencyKey,
      KEY_LIFETIME,
      order.now,
      JSON.stringify(order.facts),
      retries,
      retryDelayMs,
      deadline ?? '',
      ...[...targets].flat(),
    );
    const [created, id] = list(reply);
    const distribution = await this.get(text(id));
    if (distribution === undefined) throw new ShoalError('internal', `distribution ${text(id)} has gone`);
    return { created: created === 1, distribution };
  }

  async get(id: string): Promise<Distribution | undefined> {
    const fields = await this.scripts.connection.call((client) =>
      client.hgetall(this.key('distribution', id)),
    );
    return fields['state'] === undefined ? undefined : distributionFromFields(id, fields);
  }

  async byKey(idempotencyKey: string): Promise<Distribution | undefined> {
    const id = await this.scripts.connection.call((client) =>
      client.get(this.key('idempotency', idempotencyKey)),
    );
    return id === null ? undefined : this.get(id);
  }

  async rows(id: string): Promise<DistributionRow[]> {
    const fields = await this.scripts.connection.call((client) => client.hgetall(this.key('rows', id)));
    const rows = Object.entries(fields).map(([peerId, field]) => rowFromField(peerId as PeerId, field));
    return rows.sort((a, b) => compare(a.name, b.name) || compare(a.peerId, b.peerId));
  }

  async row(id: string, peerId: PeerId): Promise<DistributionRow | undefined> {
    const field = await this.scripts.connection.call((client) => client.hget(this.key('rows', id), peerId));
    return field === null ? undefined : rowFromField(peerId, field);
  }

  async list(after: string | undefined, limit: number): Promise<Distribution[]> {
    const reply = await this.scripts.run(LIST_DISTRIBUTIONS, after ?? '', limit);
    return list(reply).map((entry) => {
      const [id, fields] = list(entry);
      return distributionFromFields(text(id), pairsIn(fields));
    });
  }

  async moveRow(id: string, peerId: PeerId, move: RowMove): Promise<MoveResult> {
    const { to, epoch, bytes, rate = 0, error, now, milliseconds, sources } = move;
    const total = sources === undefined ? 0 : sources.sameLabel + sources.other + sources.storage;
    const reply = await this.scripts.run(
      MOVE,
      ...[id, peerId, to, epoch, bytes ?? '', rate, error === undefined ? '' : JSON.stringify(error), now],
      ...[RETENTION, move.mayPass === true ? 1 : 0, milliseconds ?? ''],
      ...[sources?.sameLabel ?? 0, sources?.other ?? 0, sources?.storage ?? 0],
      milliseconds === undefined || milliseconds <= 0 ? 0 : Math.round((total / milliseconds) * 1_000),
    );
    const [outcome, retryAt, fields] = list(reply);
    return {
      outcome: text(outcome) as MoveResult['outcome'],
      distribution: distributionIn(id, fields),
      ...(text(retryAt) === '' ? {} : { retryAt: numberIn(retryAt) }),
    };
  }

  async claim(id: string, { concurrency, boundary, limit, now }: ClaimLimits): Promise<Claim> {
    const limits = [concurrency, boundary, limit];
    const reply = await this.scripts.run(CLAIM, id, now, ...limits, now - UNSENT_MS, UNSENT_MS);
    const [rows, nextAt] = list(reply);
    return { rows: rowsIn(rows), ...(text(nextAt) === '' ? {} : { nextAt: numberIn(nextAt) }) };
  }

  async sent(id: string, commands: readonly SentCommand[], now: number): Promise<void> {
    if (commands.length === 0) return;
    const all = commands.flatMap(({ peerId, epoch, arrived }) => [peerId, epoch, arrived ? 1 : 0]);
    await this.scripts.run(SENT, id, now, ...all);
  }

  async requeue(id: string, peerId: PeerId, now: number): Promise<boolean> {
    return (await this.scripts.run(REQUEUE, id, peerId, now)) === 1;
  }

  async end(id: string, order: EndOrder): Promise<EndResult> {
    const { rows, state = '', idleOnly, error, reason = '', keepParts, now } = order;
    const how = [
      rows,
      state,
      error === undefined ? '' : JSON.stringify(error),
      reason,
      idleOnly === true ? 1 : '',
      keepParts === true ? 1 : 0,
    ];
    const [ended, fields] = list(await this.scripts.run(END, id, now, RETENTION, ...how));
    return { ended: numberIn(ended), distribution: distributionIn(id, fields) };
  }

  async retry(id: string, now: number): Promise<number | 'not-told'> {
    const retried = await this.scripts.run(RETRY, id, now);
    return retried === -1 ? 'not-told' : numberIn(retried);
  }

  async toStop(id: string): Promise<DistributionRow[]> {
    return this.scripts.connection.call(async (client) => {
      const peerIds = await client.smembers(this.key('stopping', id));
      if (peerIds.length === 0) return [];
      const fields = await client.hmget(this.key('rows', id), ...peerIds);
      return peerIds.flatMap((peerId, at) =>
        fields[at] ? [rowFromField(peerId as PeerId, fields[at])] : [],
      );
    });
  }

  async stopped(id: string, peerIds: readonly PeerId[]): Promise<void> {
    if (peerIds.length > 0) await this.scripts.run(STOPPED, id, ...peerIds);
  }

  async pendingFor(peerId: PeerId): Promise<PendingRow[]> {
    const entries = list(await this.scripts.run(PENDING, peerId, PENDING_MAX)).map((entry) => {
      const [id, fields, row] = list(entry);
      return {
        distribution: distributionFromFields(text(id), pairsIn(fields)),
        row: rowFromField(peerId, text(row)),
      };
    });
    return entries.sort(byUrgency);
  }

  async takeOutbox(limit: number): Promise<OutboxFact[]> {
    const messageIds = await this.scripts.connection.call((client) =>
      client.zrange(this.key('outbox'), '0', String(limit - 1)),
    );
    const facts = await Promise.all(messageIds.map((messageId) => this.factOf(messageId)));
    return facts.filter((fact) => fact !== undefined);
  }

  async confirmOutbox(messageIds: readonly string[]): Promise<void> {
    if (messageIds.length === 0) return;
    await this.scripts.connection.call((client) => client.zrem(this.key('outbox'), ...messageIds));
  }

  /** The fact behind a message id. One whose distribution has expired meanwhile has nothing to say: it is dropped. */
  private async factOf(messageId: string): Promise<OutboxFact | undefined> {
    const { id } = distributionOf(messageId);
    const distribution = await this.get(id);
    const fact = distribution === undefined ? undefined : endFact(distribution, await this.rows(id));
    if (fact?.messageId === messageId) return fact;
    await this.confirmOutbox([messageId]);
    return undefined;
  }

  private key(...parts: Parameters<typeof redisKey> extends [string, ...infer Rest] ? Rest : never): string {
    return redisKey(this.scripts.prefix, ...parts);
  }
}

/** The highest priority first, of the same the oldest. */
export const byUrgency = (a: PendingRow, b: PendingRow): number =>
  b.distribution.facts.options.priority - a.distribution.facts.options.priority ||
  a.distribution.createdAt - b.distribution.createdAt;

/** Each peer once. @throws ShoalError `bad-message`, `bad-name` */
const targetsOf = (order: DistributionOrder): Map<PeerId, string> => {
  const targets = new Map(order.targets.map(({ peerId, name }) => [peerId, name]));
  if (targets.size === 0) throw new ShoalError('bad-message', 'a distribution needs at least one target');
  for (const name of targets.values()) {
    if (!PEER_NAME_PATTERN.test(name)) throw new ShoalError('bad-name', `"${name}" is not a peer name`);
  }
  return targets;
};

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
