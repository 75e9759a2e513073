import { MESSAGE_LIMITS, type FactBody, type TargetResult } from '#contracts';
import type { Distribution, DistributionRow, OutboxFact } from './distribution-registry.js';

type Ended = FactBody<'distribution.completed'>;

/** The fact that a distribution has ended; undefined while it has not. */
export const endFact = (
  distribution: Distribution,
  rows: readonly DistributionRow[],
): OutboxFact | undefined => {
  const { id, state, facts, counts, finishedAt, reason, course, round } = distribution;
  if (state === 'running' || finishedAt === undefined) return undefined;
  const { fileId, name, version, size } = facts;
  const { done, failed, cancelled } = counts;
  const efficiency = efficiencyOf(distribution);
  return {
    messageId: endMessageId(id, round),
    name: `distribution.${state}`,
    body: {
      ...{ distributionId: id, state, fileId, name, version, size, targets: distribution.targets },
      ...{ done, failed, cancelled, createdAt: distribution.createdAt, finishedAt },
      ...(reason === undefined ? {} : { reason }),
      bytes: course.bytes,
      phases: phasesOf(distribution),
      ...(efficiency === undefined ? {} : { efficiency }),
      results: resultsOf(rows),
    },
  };
};

export const END_MESSAGE = 'distribution-ended/';
/** Each round of a distribution ends once. Ids have no slash. */
export const endMessageId = (id: string, round: number): string =>
  round === 0 ? `${END_MESSAGE}${id}` : `${END_MESSAGE}${id}/${round}`;
export const distributionOf = (messageId: string): { id: string; round: number } => {
  const [id, round] = messageId.slice(END_MESSAGE.length).split('/');
  return { id: id as string, round: Number(round ?? 0) };
};

const phasesOf = ({ createdAt, course }: Distribution): Ended['phases'] => {
  const { firstCommandAt: first, lastCommandAt, firstNewsAt, lastDoneAt } = course;
  if (first === undefined) return {};
  const since = (moment: number | undefined, from: number): number | undefined =>
    moment === undefined ? undefined : Math.max(0, moment - from);
  const all = {
    queued: since(first, createdAt),
    commanding: since(lastCommandAt, first),
    starting: since(firstNewsAt, first),
    delivering: since(lastDoneAt, first),
  };
  return Object.fromEntries(Object.entries(all).filter(([, time]) => time !== undefined));
};

/** See `efficiency` in libs/contracts. Nothing is known when nobody was done, or when it took no time to speak of. */
const efficiencyOf = ({ facts, course }: Distribution): Ended['efficiency'] => {
  const { firstCommandAt, lastDoneAt, bestRate } = course;
  const rate = facts.maxDownRate ?? bestRate;
  if (firstCommandAt === undefined || lastDoneAt === undefined || !rate) return undefined;
  const tookMs = lastDoneAt - firstCommandAt;
  const boundMs = Math.round((facts.size / rate) * 1_000);
  if (tookMs <= 0) return undefined;
  const rateFrom = facts.maxDownRate === undefined ? 'fastest-target' : 'limit';
  return { boundMs, tookMs, share: Math.min(1, boundMs / tookMs), rate, rateFrom };
};

/** Those that are not done first. */
const resultsOf = (rows: readonly DistributionRow[]): TargetResult[] =>
  [...rows.filter(({ state }) => state !== 'done'), ...rows.filter(({ state }) => state === 'done')]
    .slice(0, MESSAGE_LIMITS.listedResults)
    .map(({ peerId, name, state, tries, milliseconds, error }) => ({
      ...{ peerId, name, state, tries },
      ...(milliseconds === undefined ? {} : { milliseconds }),
      ...(error === undefined ? {} : { error }),
    }));
