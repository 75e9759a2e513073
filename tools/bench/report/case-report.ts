import type { Entry } from '../frame/interleave.js';
import { SHOAL, type Case, type Metric } from '../frame/port.js';
import { isDisturbed, runsThatCount, summariesOf, type Summary } from '../frame/statistics.js';

/** A tool's row in the table of a case. */
export interface Row {
  readonly tool: string;
  readonly figures: Readonly<Record<string, Summary>>;
  /** Runs in which others took much of the CPU; they count only where there is no other. */
  readonly disturbed: number;
  readonly failure?: string;
}

/** Everything that is told about a case. Plain data: docs/bench keeps it. */
export interface CaseReport {
  readonly bench: string;
  readonly name: string;
  readonly title: string;
  readonly metrics: readonly Metric[];
  readonly headline: string;
  readonly rows: readonly Row[];
  /** Tools that are not on this machine, and why. */
  readonly missing: readonly string[];
  /** Facts about the case on this machine. */
  readonly facts: readonly string[];
}

const rowOf = ({ tool, runs, failure }: Entry): Row => ({
  tool,
  figures: summariesOf(runsThatCount(runs).map(({ figures }) => figures)),
  disturbed: runs.filter(isDisturbed).length,
  ...(failure === undefined ? {} : { failure }),
});

export const metricOf = (report: Pick<CaseReport, 'metrics' | 'headline'>): Metric => {
  const metric = report.metrics.find(({ name }) => name === report.headline);
  if (metric === undefined) throw new Error(`${report.headline} is not a metric of the case`);
  return metric;
};

/** Best first; those without a figure last. */
const ranked = (rows: readonly Row[], { name, better }: Metric): Row[] => {
  const worst = better === 'more' ? -Infinity : Infinity;
  const value = (row: Row): number => row.figures[name]?.median ?? worst;
  const order = (a: Row, b: Row): number => (better === 'more' ? value(b) - value(a) : value(a) - value(b));
  return [...rows].sort((a, b) => (value(a) === value(b) ? 0 : order(a, b)));
};

export const reportOf = (
  bench: string,
  one: Case,
  entries: readonly Entry[],
  missing: readonly string[],
  facts: readonly string[],
): CaseReport => {
  const { name, title, metrics, headline } = one;
  const rows = ranked(entries.map(rowOf), metricOf(one));
  return { bench, name, title, metrics, headline, rows, missing, facts };
};

/** How many times better the system is than this tool; undefined without both figures. */
export const ratioTo = (report: CaseReport, row: Row): number | undefined => {
  const { name, better } = metricOf(report);
  const own = report.rows.find(({ tool }) => tool === SHOAL)?.figures[name]?.median;
  const other = row.figures[name]?.median;
  if (own === undefined || other === undefined || own === 0 || other === 0) return undefined;
  return better === 'more' ? own / other : other / own;
};
