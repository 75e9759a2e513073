import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT_ROOT } from '../../run/project.js';
import type { CaseReport } from './case-report.js';
import { plotFile, withBench, type KeptCase } from './document.js';
import { machineLine } from './machine.js';
import { plotOf } from './svg.js';

const DOCS = join(PROJECT_ROOT, 'docs');
const DOCUMENT = join(DOCS, 'BENCHMARKS.md');

const earlier = (file: string): KeptCase[] =>
  existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as KeptCase[]) : [];

/** In the order of the bench; what is no longer a case goes. */
const merged = (
  before: readonly KeptCase[],
  now: readonly KeptCase[],
  order: readonly string[],
): KeptCase[] =>
  order.flatMap((name) => {
    const one = [...now, ...before].find(({ report }) => report.name === name);
    return one === undefined ? [] : [one];
  });

/**
 * Writes a bench's results into the docs: figures as data, a plot a case, the tables into BENCHMARKS.md. Cases that
 * were not run keep what they had.
 * @param order every case of the bench
 */
export const keepReports = (
  bench: string,
  reports: readonly CaseReport[],
  order: readonly string[],
  command: string,
): void => {
  const folder = join(DOCS, 'bench');
  const data = join(folder, `${bench}.json`);
  mkdirSync(folder, { recursive: true });
  const facts = { machine: machineLine(), command, at: new Date().toISOString() };
  const cases = merged(
    earlier(data),
    reports.map((report) => ({ report, ...facts })),
    order,
  );
  writeFileSync(data, `${JSON.stringify(cases, null, 2)}\n`);
  for (const report of reports) writeFileSync(join(folder, plotFile(report)), plotOf(report));
  const document = existsSync(DOCUMENT) ? readFileSync(DOCUMENT, 'utf8') : '# Benchmarks\n';
  writeFileSync(DOCUMENT, withBench(document, bench, cases));
};
