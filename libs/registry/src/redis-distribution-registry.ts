import { PEER_NAME_PATTERN, ShoalError, type PeerId } from '#core';
import type { RowState } from '#contracts';
import { distributionFromFields, pairsIn, rowFromField } from './distribution-fields.js';
import { distributionOf, endFact, endMessageId } from './distribution-moves.js';
import type {
  CancelResult,
  Distribution,
  DistributionOrder,
  DistributionRegistry,
  DistributionRow,
  MoveResult,
  OutboxFact,
  RowMove,
} from './distribution-registry.js';
import { redisKey } from './keys.js';
import { list, numberIn, text, type ScriptRunner } from './script.js';
import { CANCEL, CREATE, LIST_DISTRIBUTIONS, MOVE, PENDING } from './scripts/distribution.lua.js';

const DAY = 24 * 60 * 60_000;
/** A repeated request is recognised for so long, milliseconds. */
const KEY_LIFETIME = 7 * DAY;
/** A distribution is kept for so long after its end, milliseconds. */
const RETENTION = 7 * DAY;
/** Unsettled rows read for one peer. */
const PENDING_MAX = 500;

/** Distributions in Redis: a hash each, and one hash with a field per target. */
export class RedisDistributionRegistry implements DistributionRegistry {
  constructor(private readonly scripts: ScriptRunner) {}

  async create(order: DistributionOrder): Promise<{ created: boolean; distribution: Distribution }> {
    const targets = targetsOf(order);
    const reply = await this.scripts.run(
      CREATE,
      order.id,
      order.idempotencyKey,
      KEY_LIFETIME,
      order.now,
      JSON.stringify(order.facts),
      ...[...targets].flat(),
    );
    const [created, id] = list(reply);
    const distribution = await this.get(text(id));
    if (distribution === undefined) throw new ShoalError('internal', `distribution ${text(id)} has gone`);
    return { created: created === 1, distribution };
  }

  async get(id: string): Promise<Distribution | undefined> {
    const fields = await this.scripts.connection.call((client) =>
      client.hgetall(redisKey(this.scripts.prefix, 'distribution', id)),
    );
    return fields['state'] === undefined ? undefined : distributionFromFields(id, fields);
  }

  async rows(id: string): Promise<DistributionRow[]> {
    const fields = await this.scripts.connection.call((client) =>
      client.hgetall(redisKey(this.scripts.prefix, 'rows', id)),
    );
    const rows = Object.entries(fields).map(([peerId, field]) => rowFromField(peerId as PeerId, field));
    return rows.sort((a, b) => compare(a.name, b.name) || compare(a.peerId, b.peerId));
  }

  async list(after: string | undefined, limit: number): Promise<Distribution[]> {
    const reply = await this.scripts.run(LIST_DISTRIBUTIONS, after ?? '', limit);
    return list(reply).map((entry) => {
      const [id, fields] = list(entry);
      return distributionFromFields(text(id), pairsIn(fields));
    });
  }

  async moveRow(id: string, peerId: PeerId, move: RowMove): Promise<MoveResult> {
    const news = [
      move.bytes ?? '',
      move.rate ?? 0,
      move.error === undefined ? '' : JSON.stringify(move.error),
    ];
    const ending = [move.now, RETENTION, endMessageId(id)];
    const reply = await this.scripts.run(MOVE, id, peerId, move.to, move.epoch, ...news, ...ending);
    const [outcome, finished] = list(reply);
    return { outcome: text(outcome) as MoveResult['outcome'], finished: finished === 1 };
  }

  async cancel(id: string, now: number): Promise<CancelResult> {
    const reply = await this.scripts.run(CANCEL, id, now, RETENTION, endMessageId(id));
    const [epoch, finished, cancelled] = list(reply);
    return {
      epoch: numberIn(epoch),
      finished: finished === 1,
      cancelled: Object.entries(pairsIn(cancelled)).map(([peerId, before]) => ({
        peerId: peerId as PeerId,
        before: before as RowState,
      })),
    };
  }

  async pendingFor(peerId: PeerId): Promise<{ distribution: Distribution; row: DistributionRow }[]> {
    const entries = list(await this.scripts.run(PENDING, peerId, PENDING_MAX)).map((entry) => {
      const [id, fields, row] = list(entry);
      return {
        distribution: distributionFromFields(text(id), pairsIn(fields)),
        row: rowFromField(peerId, text(row)),
      };
    });
    return entries.sort((a, b) => a.distribution.createdAt - b.distribution.createdAt);
  }

  async takeOutbox(limit: number): Promise<OutboxFact[]> {
    const outbox = redisKey(this.scripts.prefix, 'outbox');
    const messageIds = await this.scripts.connection.call((client) =>
      client.zrange(outbox, '0', String(limit - 1)),
    );
    const facts = await Promise.all(messageIds.map((messageId) => this.factOf(messageId)));
    return facts.filter((fact) => fact !== undefined);
  }

  async confirmOutbox(messageIds: readonly string[]): Promise<void> {
    if (messageIds.length === 0) return;
    const outbox = redisKey(this.scripts.prefix, 'outbox');
    await this.scripts.connection.call((client) => client.zrem(outbox, ...messageIds));
  }

  /** The fact behind a message id. One whose distribution has expired meanwhile has nothing to say: it is dropped. */
  private async factOf(messageId: string): Promise<OutboxFact | undefined> {
    const distribution = await this.get(distributionOf(messageId));
    const fact = distribution === undefined ? undefined : endFact(distribution);
    if (fact === undefined) await this.confirmOutbox([messageId]);
    return fact;
  }
}

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
