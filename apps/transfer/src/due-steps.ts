import { planOf, type Distribution } from '#registry';
import type { Step } from './ports.js';

/** A step and the moment from which on it may be done, milliseconds since 1970. */
export interface DueStep {
  readonly step: Step;
  readonly at: number;
}

/** Retries of one distribution within this time are one step, milliseconds. */
const RETRY_GRAIN_MS = 250;
/** Overdue steps of one distribution are added at most so often, milliseconds. */
const OVERDUE_GRAIN_MS = 60_000;

/**
 * What comes next for a distribution as it stands. It depends on nothing else, so whoever is not sure whether a step was
 * added asks again: the same standing gives the same steps, and the same step is one job.
 */
export const dueSteps = (distribution: Distribution, retryAt?: number): DueStep[] => {
  const { id, state, round, revision } = distribution;
  if (state !== 'running') {
    return [
      { step: { kind: 'stop', distributionId: id, why: `e${round}` }, at: 0 },
      { step: { kind: 'announce', distributionId: id }, at: 0 },
    ];
  }
  const plan = planOf(distribution);
  if (plan.giveUp !== undefined) {
    return [{ step: { kind: 'abort', distributionId: id, why: `a${round}` }, at: 0 }];
  }
  const now = plan.room > 0 ? [{ step: startStep(distribution, `r${revision}`), at: plan.notBefore }] : [];
  return retryAt === undefined ? now : [...now, tryAgain(distribution, retryAt)];
};

/** When a distribution is new, or runs again. `why`: which of these times it is. */
export const firstSteps = (distribution: Distribution, why: string): DueStep[] => {
  const { id, deadline, round } = distribution;
  const start = { step: startStep(distribution, why), at: planOf(distribution).notBefore };
  if (deadline === undefined) return [start];
  return [start, { step: { kind: 'deadline', distributionId: id, why: `d${round}` }, at: deadline }];
};

/**
 * When nobody knows what became of its steps. One that is due has an id that no earlier one had: the worker of a job that looks
 * as if it ran may have died with it, and BullMQ finds that out only after some seconds.
 */
export const stepsAgain = (distribution: Distribution, why: string, now: number): DueStep[] => {
  const { id, state, deadline } = distribution;
  const soon = (step: Step): DueStep => ({ step, at: 0 });
  if (state !== 'running') return [soon({ kind: 'stop', distributionId: id, why })];
  const isOver = deadline !== undefined && deadline <= now;
  return [
    ...firstSteps(distribution, why),
    ...(isOver ? [soon({ kind: 'deadline', distributionId: id, why })] : []),
    ...(planOf(distribution).giveUp === undefined ? [] : [soon({ kind: 'abort', distributionId: id, why })]),
  ];
};

/**
 * What should have been done by now, under names that are new every minute: a step that came early by the clock of another
 * process did nothing, and one that failed for good left nothing.
 */
export const overdueSteps = (distribution: Distribution, now: number): DueStep[] =>
  distribution.state === 'running'
    ? stepsAgain(distribution, `m${Math.floor(now / OVERDUE_GRAIN_MS)}`, now).filter(({ at }) => at <= now)
    : [];

export const tryAgain = (distribution: Distribution, at: number): DueStep => {
  const grain = Math.ceil(at / RETRY_GRAIN_MS);
  return { step: startStep(distribution, `t${grain}`), at: grain * RETRY_GRAIN_MS };
};

const startStep = ({ id, facts }: Distribution, why: string): Step => ({
  kind: 'start',
  distributionId: id,
  why,
  priority: facts.options.priority,
});
