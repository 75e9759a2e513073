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

export const tableOf = ({ head, rows }: Cells): string =>
  [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');

export const plotFile = ({ bench, name }: CaseReport): string => `${bench}-${name}.svg`;

const caseText = ({ report, machine, command, at }: KeptCase): string =>
  [
    `### ${report.bench} ${report.name}`,
    report.title,
    tableOf(cellsOf(report)),
    `![${report.bench} ${report.name}](bench/${plotFile(report)})`,
    [
      ...report.facts,
      ...report.missing,
      `\`${command}\`, ${at.slice(0, 16).replace('T', ' ')} UTC. ${machine}.`,
    ]
      .map((fact) => `- ${fact}`)
      .join('\n'),
  ].join('\n\n');

const markers = (block: string, command: string): readonly [string, string] => [
  `<!-- ${block} (written by npm run ${command}) -->`,
  `<!-- /${block} -->`,
];

/** The document with what stands between a block's markers replaced; they are added at the end where they are not there. */
export const withBlock = (document: string, block: string, command: string, text: string): string => {
  const [begin, end] = markers(block, command);
  const whole = `${begin}\n\n${text}\n\n${end}`;
  const from = document.indexOf(begin);
  const to = document.indexOf(end);
  if (from < 0 || to < from) return `${document.trimEnd()}\n\n${whole}\n`;
  return document.slice(0, from) + whole + document.slice(to + end.length);
};

export const withBench = (document: string, bench: string, cases: readonly KeptCase[]): string =>
  withBlock(document, `bench:${bench}`, 'bench', cases.map(caseText).join('\n\n'));
