import { planOf, type Distribution } from '#registry';
import type { Step } from './ports.js';

/** A step and the moment from which on it may be done, milliseconds since 1970. */
export interface DueStep {
  readonly step: Step;
  readonly at: number;
}

/** Retries of one distribution within this time are one step, milliseconds. */
const RETRY_GRAIN_MS = 250;

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

/** When a distribution is new, or runs again, or nobody knows what became of its steps. `why`: which of these times it is. */
export const firstSteps = (distribution: Distribution, why: string): DueStep[] => {
  const { id, deadline, round } = distribution;
  const start = { step: startStep(distribution, why), at: planOf(distribution).notBefore };
  if (deadline === undefined) return [start];
  return [start, { step: { kind: 'deadline', distributionId: id, why: `d${round}` }, at: deadline }];
};

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
