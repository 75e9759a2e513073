/** `npm run simulate -- --peers N ...`: a swarm on virtual time; how near the slowest peer comes to what is possible. */
import { Command } from 'commander';
import { asShoalError, formatDuration, parseDuration, parseRate, parseSize, ShoalError } from '#core';
import { reportOf, World, type Report } from '#simulation';
import { plainTable } from '../run/plain-table.js';
import { casesNamed, optionsOf } from './cases.js';
import { keepResults } from './keep.js';
import { cellsOf, resultOf, type CaseResult } from './results.js';
import { rowsOf } from './rows.js';
import { planOf, SCENARIO_DEFAULTS, type ScenarioOptions } from './scenario.js';

interface Given extends Partial<ScenarioOptions> {
  readonly case?: readonly string[];
  readonly json?: boolean;
  readonly runs: number;
  readonly write?: boolean;
}

const given = (): Given =>
  new Command('simulate')
    .description('Simulates a swarm with the policy of the real peers, on virtual time.')
    .option('--case <names>', 'swarms that have a name: some, separated by commas, or all; a table', listed)
    .option('--write', 'the table goes into docs/BENCHMARKS.md, too')
    .option('--peers <n>', 'peers that download (16)', Number)
    .option('--size <bytes>', 'size of the file (64M)', parseSize)
    .option('--chunk <bytes>', 'size of a chunk (automatic)', parseSize)
    .option('--up <rate>', 'uplink of every host (50Mbit)', parseRate)
    .option('--down <rate>', 'downlink of every peer (as up)', parseRate)
    .option('--seeders <n>', 'peers that have the file', Number)
    .option('--seeder-up <rate>', 'uplink of a seeder (as up)', parseRate)
    .option('--latency <time>', 'one way (0.5 ms)', milliseconds)
    .option('--loss <share>', 'share of packets that is lost', Number)
    .option('--arrivals <time>', 'between two peers that join (all at once)', milliseconds)
    .option('--slow <share>', 'share of peers with slower links', Number)
    .option('--slow-factor <n>', 'how much slower those are', Number)
    .option('--kill <share>', 'share of peers that die at random moments', Number)
    .option('--freeze <share>', 'share of peers that fall silent at random moments', Number)
    .option('--liars <share>', 'share of peers that send wrong chunks', Number)
    .option('--resume <share>', 'share of chunks that every peer has already, at random', Number)
    .option('--racks <n>', 'racks that the peers are spread over; the seeders are in the first', Number)
    .option('--far-rate <rate>', 'link between two racks (100Mbit)', parseRate)
    .option('--far-latency <time>', 'one way between racks (as latency)', milliseconds)
    .option('--no-grants', 'seeders announce everything from the start')
    .option('--block <bytes>', 'data moves in pieces of this size (a quarter of a chunk)', parseSize)
    .option('--seed <n>', 'repeats a run', Number)
    .option('--runs <n>', 'runs with seeds from there on', Number, 1)
    .option('--json', 'one object a run')
    .parse()
    .opts<Given>();

/** A bare number is milliseconds. */
const milliseconds = (text: string): number => (/^[\d.]+$/.test(text) ? Number(text) : parseDuration(text));

const listed = (text: string): readonly string[] => text.split(',').map((name) => name.trim());

interface Run {
  readonly report: Report;
  readonly seed: number;
  readonly tookMs: number;
}

const SAY_EVERY_MS = 10_000;

/** Says on stderr now and then how far a long run is. */
const watchOf = (world: World): (() => void) => {
  let saidAt = performance.now();
  return () => {
    if (performance.now() - saidAt < SAY_EVERY_MS) return;
    saidAt = performance.now();
    const { now, events } = world.time;
    const hosts = world.peers.length + world.seeders.length;
    const done = `${world.ends.size} of ${hosts} hosts have the file`;
    process.stderr.write(`after ${formatDuration(now)} of the simulation: ${done}, ${events} events\n`);
  };
};

function* simulated(options: ScenarioOptions, runs: number): Generator<Run> {
  for (let seed = options.seed; seed < options.seed + runs; seed++) {
    const startedAt = performance.now();
    const world = new World(planOf({ ...options, seed }));
    world.run(watchOf(world));
    yield { report: reportOf(world), seed, tookMs: performance.now() - startedAt };
  }
}

const say = (line: string): void => void process.stdout.write(`${line}\n`);

const sayRun = ({ report, seed, tookMs }: Run, json: boolean): void => {
  if (json) return say(JSON.stringify({ seed, ...report }));
  for (const [what, value] of rowsOf(report)) say(`${what.padEnd(44)}${value}`);
  say(`${`simulated in`.padEnd(44)}${formatDuration(tookMs)}`);
};

/** The named swarms, as they are or with other options. */
const sayCases = ({ case: names = [], json = false, write = false, runs, ...rest }: Given): void => {
  if (write && Object.keys(rest).some((option) => option !== 'grants'))
    throw new ShoalError('bad-config', '--write keeps the cases as they are: without other options');
  const results: CaseResult[] = [];
  for (const one of casesNamed(names)) {
    const reports: Report[] = [];
    for (const { report, seed } of simulated({ ...SCENARIO_DEFAULTS, ...optionsOf(one), ...rest }, runs)) {
      reports.push(report);
      if (json) say(JSON.stringify({ case: one.name, seed, ...report }));
    }
    const wanted = names.includes('all') ? 'all' : one.name;
    results.push(
      resultOf(one, `npm run simulate -- --case ${wanted}${runs > 1 ? ` --runs ${runs}` : ''}`, reports),
    );
  }
  const [head = [], ...rows] = cellsOf(results);
  if (!json) say(plainTable(head, rows));
  if (write) keepResults(results);
};

const main = (): void => {
  const { case: names, json = false, write, runs, ...rest } = given();
  if (names !== undefined) return sayCases({ ...rest, case: names, json, runs, ...(write ? { write } : {}) });
  for (const run of simulated({ ...SCENARIO_DEFAULTS, ...rest }, runs)) sayRun(run, json);
};

try {
  main();
} catch (error) {
  const problem = asShoalError(error);
  process.stderr.write(`${problem.message}\n${problem.hint === undefined ? '' : `${problem.hint}\n`}`);
  process.exitCode = 2;
}
