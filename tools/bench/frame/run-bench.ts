import pc from 'picocolors';
import { ShoalError } from '#core';
import { plainTable } from '../../run/plain-table.js';
import { untilQuiet } from '../measure/foreign.js';
import { reportOf, type CaseReport } from '../report/case-report.js';
import { cellsOf } from '../report/cells.js';
import { linesOf } from '../report/json-lines.js';
import { keepReports } from '../report/keep.js';
import { interleave, type Turns } from './interleave.js';
import { DEFAULT_RUNS, type Options } from './options.js';
import { picked } from './pick.js';
import { SHOAL, type Bench, type Case } from './port.js';
import type { Workshop } from './workshop.js';

/** Rounds at most, for so many wanted runs: disturbed ones are made again. */
const PATIENCE = 2;
const QUIET_WAIT_MS = 12_000;

const turnsOf = ({ options, stopped, say }: Workshop): Turns => ({
  runs: options.runs,
  roundsMax: options.quick ? options.runs : options.runs * PATIENCE,
  settle: () => (options.quick ? Promise.resolve() : untilQuiet(QUIET_WAIT_MS, stopped)),
  stopped,
  say,
});

const runCase = async (bench: string, one: Case, workshop: Workshop): Promise<CaseReport> => {
  const { options, say } = workshop;
  say(pc.bold(`${bench} ${one.name}: ${one.title}`));
  const asked = picked('tool', one.contenders, options.tools, false);
  const missing = asked.flatMap((each) => {
    const why = each.missing();
    return why === undefined ? [] : [`${each.name} is missing: ${why}`];
  });
  for (const line of missing) say(`  ${line}`);
  const present = asked.filter((each) => each.missing() === undefined);
  try {
    const facts = (await one.open?.()) ?? [];
    const entries = await interleave({ ...one, contenders: present }, turnsOf(workshop));
    return reportOf(bench, one, entries, missing, facts);
  } catch (thrown) {
    if (!(thrown instanceof ShoalError) || workshop.stopped.aborted) throw thrown;
    say(`  not here: ${thrown.message}`);
    return reportOf(bench, one, [], [`not on this machine: ${thrown.message}`], []);
  } finally {
    await one.close?.();
  }
};

const show = (report: CaseReport, json: boolean): void => {
  if (json) {
    for (const line of linesOf(report)) process.stdout.write(`${JSON.stringify(line)}\n`);
    return;
  }
  const { head, rows } = cellsOf(report);
  const facts = [...report.facts, ...report.missing].map((fact) => `\n${fact}`).join('');
  process.stdout.write(`\n${report.bench} ${report.name}\n${plainTable(head, rows)}${facts}\n\n`);
};

/** By itself, only a whole comparison: every tool, at least the usual number of runs. */
const isKept = ({ options }: Workshop): boolean =>
  options.write ||
  (!options.quick &&
    options.runs >= DEFAULT_RUNS &&
    options.tools === undefined &&
    options.size === undefined);

/** The command that repeats a case. */
const commandOf = (bench: string, { quick, runs, tools, cases, size }: Options): string =>
  [
    `npm run bench -- ${bench}`,
    ...(quick ? ['--quick'] : []),
    ...(quick || runs === DEFAULT_RUNS ? [] : [`--runs ${runs}`]),
    ...(tools === undefined ? [] : [`--tools ${tools.join(',')}`]),
    ...(cases === undefined ? [] : [`--cases ${cases.join(',')}`]),
    ...(size === undefined ? [] : [`--size ${size}`]),
  ].join(' ');

const wantedCases = (cases: readonly Case[], { benches, cases: names, tools }: Options): readonly Case[] => {
  const strict = benches.length === 1;
  const contenders = cases.flatMap((one) => one.contenders);
  picked('tool', contenders, tools, strict);
  return picked('case', cases, names, strict);
};

/** True when the system itself did all its runs; what failed of the others stands in the table. */
export const runBench = async (bench: Bench, workshop: Workshop): Promise<boolean> => {
  const { options, stopped } = workshop;
  const open = await bench.open(workshop);
  const reports: CaseReport[] = [];
  try {
    for (const one of wantedCases(open.cases, options)) {
      if (stopped.aborted) break;
      const report = await runCase(bench.name, one, workshop);
      reports.push(report);
      show(report, options.json);
      if (isKept(workshop) && !stopped.aborted) keep(bench, report, open.cases, workshop);
    }
  } finally {
    await open.close();
  }
  if (stopped.aborted) return false;
  return reports.every(({ rows }) =>
    rows.every(({ tool, failure }) => tool !== SHOAL || failure === undefined),
  );
};

/** After every case: what was measured stays when the rest is broken off. */
const keep = (
  { name }: Bench,
  report: CaseReport,
  cases: readonly Case[],
  { options, say }: Workshop,
): void => {
  keepReports(
    name,
    [report],
    cases.map((one) => one.name),
    commandOf(name, options),
  );
  say(`written: docs/BENCHMARKS.md, docs/bench/${name}*`);
};
