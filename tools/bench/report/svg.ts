import { SHOAL } from '../frame/port.js';
import { metricOf, type CaseReport, type Row } from './case-report.js';

const WIDTH = 720;
const LABEL = 170;
const RIGHT = 110;
const BAR = 22;
const STEP = 34;
const TOP = 48;
const OWN = '#0b7285';
const OTHER = '#adb5bd';

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

const text = (x: number, y: number, words: string, more = ''): string =>
  `<text x="${x}" y="${y}" ${more}>${escaped(words)}</text>`;

interface Scale {
  readonly metric: string;
  readonly digits: number;
  /** Pixels of a value. */
  readonly px: (value: number) => number;
}

const barOf = (row: Row, at: number, { metric, digits, px }: Scale): string => {
  const y = TOP + at * STEP;
  const middle = y + BAR / 2;
  const label = text(LABEL - 8, middle + 5, row.tool, 'text-anchor="end"');
  const summary = row.figures[metric];
  if (summary === undefined) return label + text(LABEL + 4, middle + 5, 'failed', 'fill="#868e96"');
  const { median, min, max } = summary;
  const fill = row.tool === SHOAL ? OWN : OTHER;
  const bar = `<rect x="${LABEL}" y="${y}" width="${px(median)}" height="${BAR}" fill="${fill}"/>`;
  const [left, right] = [LABEL + px(min), LABEL + px(max)];
  const spread = `<path d="M${left} ${middle}H${right}M${left} ${middle - 4}v8M${right} ${middle - 4}v8" stroke="#212529"/>`;
  return label + bar + spread + text(right + 8, middle + 5, median.toFixed(digits));
};

/** Bars of the metric that ranks, with whiskers from the least to the greatest run. */
export const plotOf = (report: CaseReport): string => {
  const { name, title, unit, better, digits = 2 } = metricOf(report);
  const greatest = Math.max(...report.rows.map(({ figures }) => figures[name]?.max ?? 0), Number.MIN_VALUE);
  const room = WIDTH - LABEL - RIGHT;
  const px = (value: number): number => Math.round((value / greatest) * room * 10) / 10;
  const bars = report.rows.map((row, at) => barOf(row, at, { metric: name, digits, px }));
  const height = TOP + report.rows.length * STEP + 8;
  const head = `${report.bench} ${report.name}: ${title}${unit === '' ? '' : `, ${unit}`} (${better} is better)`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="14">`,
    `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`,
    text(12, 26, head, 'font-weight="bold"'),
    ...bars,
    '</svg>',
    '',
  ].join('\n');
};
