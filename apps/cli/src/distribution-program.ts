import type { Command } from 'commander';
import { durationArgument, rateArgument } from './arguments.js';
import type { Run } from './commands/action.js';
import type { Commands } from './commands/index.js';
import {
  concurrencyArgument,
  folderArgument,
  momentArgument,
  priorityArgument,
  retriesArgument,
  saveAsArgument,
  shareArgument,
  targetArgument,
  wavesArgument,
} from './distribution-arguments.js';
import { EXAMPLES } from './help-text.js';
import { withNetwork } from './network-options.js';

/** One file to many machines: order it, look at it, end it, try again. */
export const addDistributions = (program: Command, commands: Commands, run: Run): void => {
  addDistribute(program, commands, run);
  withNetwork(program.command('distributions'))
    .description('list distributions, the newest first; they are kept for 7 days after their end')
    .action(run(commands.distributions));
  withNetwork(program.command('distribution <id>'))
    .description('show a distribution: its targets, their states and rates')
    .option('-w, --watch', 'go on showing it until it has ended')
    .action(run(commands.distribution));
  withNetwork(program.command('cancel <id>'))
    .description('end a distribution; targets delete what they have of the file so far')
    .option('--keep-parts', 'targets keep it, for a later download')
    .action(run(commands.cancel));
  withNetwork(program.command('retry <id>'))
    .description('start a distribution again for the targets that failed or were cancelled')
    .option('-w, --watch', 'show it until it has ended')
    .action(run(commands.retry));
};

const addDistribute = (program: Command, commands: Commands, run: Run): void => {
  withNetwork(program.command('distribute <file>'))
    .description('make many machines download a file: NAME, NAME@VERSION or a file id')
    .requiredOption(
      '--to <target>',
      'a peer, all, or a selector like "role=edge and not rack=b", "10% of all"; may be repeated',
      targetArgument,
    )
    .option('--folder <path>', 'below the first root of each target', folderArgument)
    .option('--save-as <name>', 'file name at the targets (default: the published name)', saveAsArgument)
    .option('--force', 'replace what is there')
    .option(
      '--priority <0-9>',
      'what is higher goes first and gets more bandwidth (default: 5)',
      priorityArgument,
    )
    .option('--start <time>', 'not before: 30m, 2h or 2026-12-01T06:00:00Z', momentArgument)
    .option(
      '--deadline <time>',
      'what is not done by then has failed: 2h or 2026-12-01T06:00:00Z',
      momentArgument,
    )
    .option('--concurrency <number>', 'so many targets at a time (default: all)', concurrencyArgument)
    .option(
      '--waves <sizes>',
      'first so few, then more: 1,10% is one, then a tenth, then the rest',
      wavesArgument,
    )
    .option(
      '--success <share>',
      'a wave needs this share of successes before it (default: 100%)',
      shareArgument,
    )
    .option('--abort <share>', 'give up when this share of the targets so far has failed', shareArgument)
    .option('--max-down <rate>', 'each target downloads at most so fast: 10MB, 50Mbit', rateArgument)
    .option('--retries <number>', 'tries after the first (default: 3)', retriesArgument)
    .option(
      '--retry-delay <time>',
      'before the first of them, then twice as long each time (default: 2s)',
      durationArgument,
    )
    .option('--follow', 'later versions and late joiners, too, until it is cancelled')
    .option('--key <key>', 'the same key is the same distribution (default: one for each call)')
    .option('-w, --watch', 'show it until it has ended')
    .addHelpText('after', EXAMPLES.distribute)
    .action(run(commands.distribute));
};
