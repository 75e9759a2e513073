import { plainTable } from '../../run/plain-table.js';
import { DEFAULT_RUNS } from './options.js';
import type { Bench } from './port.js';

export const usageOf = (benches: readonly Bench[]): string =>
  `npm run bench -- NAME... [--quick] [--json] [--runs N] [--tools A,B] [--cases A,B] [--size SIZE] [--write]

${plainTable(
  ['bench', 'measures', 'takes', 'with --quick'],
  benches.map(({ name, measures, takes }) => [name, measures, takes.full, takes.quick]),
)}

  --quick        one short run of each case, for CI; without NAME: of every bench
  --json         one object a line: bench, case, tool, metric, unit, median, min, max, runs
  --runs N       runs of each tool in each case, in turn (default ${DEFAULT_RUNS})
  --tools A,B    only these tools        --cases A,B    only these cases
  --size SIZE    bytes of the file that is moved, like 256MiB
  --write        write the docs although it is not a full run

Runs in which other processes take more than 12 % of the CPU are made again, up to twice the number of runs; after that they
are marked. As root on Debian it installs the tools that it compares with (SHOAL_NO_INSTALL=1 forbids it). A full run writes
its tables to docs/BENCHMARKS.md and its plots to docs/bench.
`;
