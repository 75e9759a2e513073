import type { Report } from '#simulation';
import { summaryOf, type Summary } from '../bench/frame/statistics.js';

/** What the table says of a run; of runs with several seeds the median, the least and the greatest. */
const FIGURES = {
  slowest: 'slowest / bound',
  slowestOverChunked: 'slowest / chunked bound',
  seederShare: 'seeders / file',
  waste: 'waste',
  farShare: 'between racks / file',
  messagesPerPeer: 'messages a peer',
  anchorPerSecond: 'to the anchors a second',
} as const satisfies Partial<Record<keyof Report, string>>;
type Figure = keyof typeof FIGURES;
const NAMES = Object.keys(FIGURES) as Figure[];
const DIGITS: Partial<Record<Figure, number>> = { waste: 4, messagesPerPeer: 0, anchorPerSecond: 0 };

/** A case with what came out. Plain data: docs/bench/simulate.json keeps it. */
export interface CaseResult {
  readonly name: string;
  readonly title: string;
  readonly command: string;
  readonly figures: Readonly<Record<Figure, Summary>>;
}

export const resultOf = (
  { name, title }: { readonly name: string; readonly title: string },
  command: string,
  reports: readonly Report[],
): CaseResult => {
  const figures = NAMES.map((figure) => [figure, summaryOf(reports.map((report) => report[figure]))]);
  return { name, title, command, figures: Object.fromEntries(figures) as Record<Figure, Summary> };
};

/** Head and rows of the table. */
export const cellsOf = (results: readonly CaseResult[]): readonly (readonly string[])[] => [
  ['case', 'what', ...Object.values(FIGURES), 'seeds'],
  ...results.map(({ name, title, figures }) => [
    name,
    title,
    ...NAMES.map((figure) => cellOf(figures[figure], DIGITS[figure] ?? 3)),
    String(figures.slowest.runs),
  ]),
];

const cellOf = ({ median, min, max }: Summary, digits: number): string => {
  const [middle, least, most] = [median, min, max].map((value) => value.toFixed(digits));
  return least === most || digits !== 3 ? String(middle) : `${middle} (${least}-${most})`;
};
