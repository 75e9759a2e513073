import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tableOf, withBlock } from '../bench/report/document.js';
import { PROJECT_ROOT } from '../run/project.js';
import { CASES } from './cases.js';
import { cellsOf, type CaseResult } from './results.js';

const DOCS = join(PROJECT_ROOT, 'docs');
const DOCUMENT = join(DOCS, 'BENCHMARKS.md');
const DATA = join(DOCS, 'bench', 'simulate.json');

const earlier = (): CaseResult[] =>
  existsSync(DATA) ? (JSON.parse(readFileSync(DATA, 'utf8')) as CaseResult[]) : [];

/** In the order of the cases; those that were not run keep what they had, and what is no longer a case goes. */
export const merged = (before: readonly CaseResult[], now: readonly CaseResult[]): CaseResult[] =>
  CASES.flatMap(({ name }) => {
    const one = [...now, ...before].find((result) => result.name === name);
    return one === undefined ? [] : [one];
  });

/** Writes results into the docs: the figures as data, the table into BENCHMARKS.md. */
export const keepResults = (now: readonly CaseResult[]): void => {
  const results = merged(earlier(), now);
  mkdirSync(join(DOCS, 'bench'), { recursive: true });
  writeFileSync(DATA, `${JSON.stringify(results, null, 2)}\n`);
  const [head = [], ...rows] = cellsOf(results);
  const commands = [...new Set(results.map(({ command }) => command))];
  const text = [tableOf({ head, rows }), commands.map((command) => `- \`${command}\``).join('\n')].join(
    '\n\n',
  );
  writeFileSync(DOCUMENT, withBlock(readFileSync(DOCUMENT, 'utf8'), 'simulate', 'simulate', text));
};
