import type { CaseReport } from './case-report.js';

/** One figure of one tool in one case, as `--json` prints it. */
export interface JsonLine {
  readonly bench: string;
  readonly case: string;
  readonly tool: string;
  readonly metric: string;
  readonly unit: string;
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly runs: number;
}

/** Enough digits for any use, few enough to read. */
const DIGITS = 6;
const rounded = (value: number): number => Number(value.toPrecision(DIGITS));

export const linesOf = ({ bench, name, metrics, rows }: CaseReport): JsonLine[] =>
  rows.flatMap(({ tool, figures }) =>
    metrics.flatMap((metric) => {
      const summary = figures[metric.name];
      if (summary === undefined) return [];
      const { median, min, max, runs } = summary;
      return [
        {
          bench,
          case: name,
          tool,
          metric: metric.name,
          unit: metric.unit,
          median: rounded(median),
          min: rounded(min),
          max: rounded(max),
          runs,
        },
      ];
    }),
  );
