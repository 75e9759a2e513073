import type { Figures, Measured } from './port.js';

/** Runs in which others took more than this share of the CPU count as disturbed. */
export const FOREIGN_MAX = 0.12;

export interface Summary {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly runs: number;
}

/** @throws RangeError for no values */
export const summaryOf = (values: readonly number[]): Summary => {
  if (values.length === 0) throw new RangeError('no values');
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  const upper = sorted[half] as number;
  const median = sorted.length % 2 === 1 ? upper : ((sorted[half - 1] as number) + upper) / 2;
  return { median, min: sorted[0] as number, max: sorted[sorted.length - 1] as number, runs: sorted.length };
};

/** @throws RangeError for no values or a share outside 0..1 */
export const percentileOf = (values: readonly number[], share: number): number => {
  if (values.length === 0 || share < 0 || share > 1) throw new RangeError(`${share} of ${values.length}`);
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] as number;
};

export const isDisturbed = ({ foreign }: Measured): boolean => foreign > FOREIGN_MAX;

/** Undisturbed runs when there are any, else all of them. */
export const runsThatCount = (runs: readonly Measured[]): readonly Measured[] => {
  const clean = runs.filter((run) => !isDisturbed(run));
  return clean.length > 0 ? clean : runs;
};

/** A summary for each metric that at least one run has. */
export const summariesOf = (runs: readonly Figures[]): Readonly<Record<string, Summary>> => {
  const names = new Set(runs.flatMap((figures) => Object.keys(figures)));
  return Object.fromEntries(
    [...names].map((name) => {
      const values = runs.map((figures) => figures[name]).filter((value) => value !== undefined);
      return [name, summaryOf(values)];
    }),
  );
};
