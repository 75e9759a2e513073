/** `npm run simulate -- --peers N ...`: a swarm on virtual time; how near the slowest peer comes to what is possible. */
import { Command } from 'commander';
import { asShoalError, formatDuration, parseDuration, parseRate, parseSize } from '#core';
import { reportOf, World } from '#simulation';
import { rowsOf } from './rows.js';
import { planOf, SCENARIO_DEFAULTS, type ScenarioOptions } from './scenario.js';

type Given = Partial<ScenarioOptions> & { readonly json?: boolean; readonly runs: number };

const given = (): Given =>
  new Command('simulate')
    .description('Simulates a swarm with the policy of the real peers, on virtual time.')
    .option('--peers <n>', 'peers that download', Number, SCENARIO_DEFAULTS.peers)
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

const main = (): void => {
  const { json = false, runs, ...rest } = given();
  const options = { ...SCENARIO_DEFAULTS, ...rest };
  for (let run = 0; run < runs; run++) {
    const startedAt = performance.now();
    const world = new World(planOf({ ...options, seed: options.seed + run }));
    world.run();
    const report = reportOf(world);
    if (json) process.stdout.write(`${JSON.stringify({ seed: options.seed + run, ...report })}\n`);
    else {
      for (const [what, value] of rowsOf(report)) process.stdout.write(`${what.padEnd(44)}${value}\n`);
      process.stdout.write(`${`simulated in`.padEnd(44)}${formatDuration(performance.now() - startedAt)}\n`);
    }
  }
};

try {
  main();
} catch (error) {
  const problem = asShoalError(error);
  process.stderr.write(`${problem.message}\n`);
  process.exitCode = 2;
}
