import { Option, type Command } from 'commander';
import type { Run } from './commands/action.js';
import type { Commands } from './commands/index.js';
import { EXAMPLES } from './help-text.js';
import { withNetwork, withPeer } from './network-options.js';

/** The everyday verbs: looking around and tidying up. */
export const addVerbs = (program: Command, commands: Commands, run: Run): void => {
  withNetwork(program.command('ls [pattern]'))
    .description('list the files of the network; * and ? are wildcards')
    .option('-a, --all', 'older versions, too')
    .addHelpText('after', EXAMPLES.ls)
    .action(run(commands.ls));
  withNetwork(program.command('rm <file>'))
    .description('take a file out of the network: NAME with all versions, or NAME@VERSION')
    .option('--everywhere', 'make the peers drop it; no file on a disk is deleted')
    .addOption(yes())
    .addHelpText('after', EXAMPLES.rm)
    .action(run(commands.rm));
  withPeer(withNetwork(program.command('stop-sharing <file>')))
    .description('stop serving a file from this machine: NAME, NAME@VERSION, a path or a file id')
    .addHelpText('after', EXAMPLES.stopSharing)
    .action(run(commands.stopSharing));
  addDeadLetters(program, commands, run);
};

const addDeadLetters = (program: Command, commands: Commands, run: Run): void => {
  const letters = program
    .command('dead-letters')
    .description('messages that could never be handled: list, show, requeue, drop')
    .addHelpText('after', EXAMPLES.deadLetters);
  withNetwork(letters.command('list', { isDefault: true }))
    .description('every dead letter and why it died, the oldest first')
    .action(run(commands.listDeadLetters));
  withNetwork(letters.command('show <id>'))
    .description('everything about one letter; the first digits of its id will do')
    .action(run(commands.showDeadLetter));
  withNetwork(letters.command('requeue [ids...]'))
    .description('send letters to where they were sent first')
    .option('--all', 'every letter')
    .action(run(commands.requeueDeadLetters));
  withNetwork(letters.command('drop [ids...]'))
    .description('delete letters for good')
    .option('--all', 'every letter')
    .addOption(yes())
    .action(run(commands.dropDeadLetters));
};

const yes = (): Option => new Option('-y, --yes', 'do not ask');
