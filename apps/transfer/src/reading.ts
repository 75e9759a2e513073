import { ShoalError } from '#core';
import type { DistributionStatus, DistributionSummary, ReceivedRequest, ReplyBody } from '#contracts';
import { planOf, type Distribution, type DistributionRegistry, type DistributionRow } from '#registry';

/** Tells people and programs how distributions are. */
export class Reading {
  constructor(private readonly distributions: DistributionRegistry) {}

  /** @throws ShoalError `not-found` */
  async status(request: ReceivedRequest<'transfer.status'>): Promise<DistributionStatus> {
    const { distributionId, after, limit, states } = request;
    const distribution = await this.get(distributionId);
    const all = await this.distributions.rows(distributionId);
    const start = after === undefined ? 0 : all.findIndex(({ peerId }) => peerId === after) + 1;
    const wanted = all.slice(start).filter(({ state }) => states === undefined || states.includes(state));
    const rows = wanted.slice(0, limit);
    const { wave, waves } = planOf(distribution);
    return {
      ...summaryOf(distribution),
      ...{ options: distribution.facts.options, wave, waves },
      rows: rows.map(publicRow),
      ...(wanted.length > rows.length ? { next: (rows.at(-1) as DistributionRow).peerId } : {}),
    };
  }

  async list({ after, limit }: ReceivedRequest<'transfer.list'>): Promise<ReplyBody<'transfer.list'>> {
    const page = await this.distributions.list(after, limit + 1);
    const shown = page.slice(0, limit);
    return {
      distributions: shown.map(summaryOf),
      ...(page.length > limit ? { next: (shown.at(-1) as Distribution).id } : {}),
    };
  }

  /** @throws ShoalError `not-found` */
  async get(distributionId: string): Promise<Distribution> {
    const distribution = await this.distributions.get(distributionId);
    if (distribution !== undefined) return distribution;
    throw new ShoalError('not-found', `there is no distribution ${distributionId}`, {
      hint: 'Look at `shoal distributions`; they are kept for 7 days after their end.',
    });
  }
}

const publicRow = ({
  epoch: _epoch,
  rank: _rank,
  ...row
}: DistributionRow): DistributionStatus['rows'][number] => row;

const summaryOf = (distribution: Distribution): DistributionSummary => {
  const { id, state, facts, targets, counts, createdAt, finishedAt, reason } = distribution;
  const { name, version, fileId, size, options, followsFrom } = facts;
  return {
    ...{ distributionId: id, state, name, version, fileId, size, targets, counts, createdAt },
    ...{ priority: options.priority, follow: options.follow },
    ...(finishedAt === undefined ? {} : { finishedAt }),
    ...(reason === undefined ? {} : { reason }),
    ...(followsFrom === undefined ? {} : { followsFrom }),
  };
};
