import type { Metric } from '../frame/port.js';
import type { Summary } from '../frame/statistics.js';
import { metricOf, ratioTo, type CaseReport, type Row } from './case-report.js';

export interface Cells {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

const DIGITS = 2;
const number = (value: number, { digits = DIGITS }: Metric): string =>
  value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });

const spread = (summary: Summary | undefined, metric: Metric): string => {
  if (summary === undefined) return '-';
  const { median, min, max, runs } = summary;
  if (runs === 1 || min === max) return number(median, metric);
  return `${number(median, metric)} (${number(min, metric)}-${number(max, metric)})`;
};

const ratio = (value: number | undefined): string => (value === undefined ? '-' : `${value.toFixed(2)}x`);

/** Clean runs of all that were made; a tool whose runs were all disturbed is marked. */
const runsOf = (row: Row, headline: string): string => {
  const counted = row.figures[headline]?.runs ?? 0;
  if (row.failure !== undefined) return `${counted}, then: ${row.failure.split('\n', 1)[0]}`;
  if (row.disturbed === 0) return String(counted);
  return row.disturbed === counted
    ? `${counted}, all disturbed`
    : `${counted}, ${row.disturbed} disturbed left out`;
};

const unitOf = ({ title, unit }: Metric): string => (unit === '' ? title : `${title}, ${unit}`);

/** The table of a case: ratios first, then the metric that ranks, then the others that anybody has. */
export const cellsOf = (report: CaseReport): Cells => {
  const first = metricOf(report);
  const rest = report.metrics.filter(
    ({ name }) => name !== first.name && report.rows.some(({ figures }) => figures[name] !== undefined),
  );
  const metrics = [first, ...rest];
  const compares = report.rows.length > 1;
  return {
    head: ['tool', ...(compares ? ['shoal is better by'] : []), ...metrics.map(unitOf), 'runs'],
    rows: report.rows.map((row) => [
      row.tool,
      ...(compares ? [ratio(ratioTo(report, row))] : []),
      ...metrics.map((metric) => spread(row.figures[metric.name], metric)),
      runsOf(row, first.name),
    ]),
  };
};
