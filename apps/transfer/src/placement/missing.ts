import type { PlanQuestion } from './plan-types.js';

/** Copies of chunks that are not there yet. */
export const missingCopies = (question: PlanQuestion): number =>
  missingOf(question).reduce((sum, count) => sum + count, 0);

/** For each chunk, how many copies of it. */
export const missingOf = ({ chunkCount, copies, peers }: PlanQuestion): number[] => {
  const missing = new Array<number>(chunkCount).fill(copies);
  for (const { has } of peers) {
    if (has.isEmpty) continue;
    for (const chunk of has) missing[chunk] = Math.max(0, (missing[chunk] as number) - 1);
  }
  return missing;
};
