import { cellsOf, type Cells } from './cells.js';
import type { CaseReport } from './case-report.js';

/** A case as docs/bench/<bench>.json keeps it: with where and how it was measured. */
export interface KeptCase {
  readonly report: CaseReport;
  readonly machine: string;
  readonly command: string;
  /** Of the end of the measurement, ISO 8601. */
  readonly at: string;
}

const escaped = (cell: string): string => cell.replaceAll('|', '\\|').replaceAll('\n', ' ');
const line = (cells: readonly string[]): string => `| ${cells.map(escaped).join(' | ')} |`;

const table = ({ head, rows }: Cells): string =>
  [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');

export const plotFile = ({ bench, name }: CaseReport): string => `${bench}-${name}.svg`;

const caseText = ({ report, machine, command, at }: KeptCase): string =>
  [
    `### ${report.bench} ${report.name}`,
    report.title,
    table(cellsOf(report)),
    `![${report.bench} ${report.name}](bench/${plotFile(report)})`,
    [
      ...report.facts,
      ...report.missing,
      `\`${command}\`, ${at.slice(0, 16).replace('T', ' ')} UTC. ${machine}.`,
    ]
      .map((fact) => `- ${fact}`)
      .join('\n'),
  ].join('\n\n');

const markers = (bench: string): readonly [string, string] => [
  `<!-- bench:${bench} (written by npm run bench) -->`,
  `<!-- /bench:${bench} -->`,
];

/**
 * The document with what stands between the bench's markers replaced; they are added at the end where they are not
 * there.
 */
export const withBench = (document: string, bench: string, cases: readonly KeptCase[]): string => {
  const [begin, end] = markers(bench);
  const block = `${begin}\n\n${cases.map(caseText).join('\n\n')}\n\n${end}`;
  const from = document.indexOf(begin);
  const to = document.indexOf(end);
  if (from < 0 || to < from) return `${document.trimEnd()}\n\n${block}\n`;
  return document.slice(0, from) + block + document.slice(to + end.length);
};
