import { Argument, Option, type Command } from 'commander';
import { countArgument, durationArgument } from './arguments.js';
import type { Shell } from './completion/scripts.js';
import type { Context } from './context.js';
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
  withPeer(withNetwork(program.command('doctor')))
    .description(
      'look at broker, anchors, Redis, peers, ports, disks and clocks; says how to mend what is wrong',
    )
    .addHelpText('after', EXAMPLES.doctor)
    .action(run(commands.doctor));
  withPeer(withNetwork(program.command('logs')))
    .description('show what a peer of this machine has logged')
    .option('-f, --follow', 'go on with what is logged from now on')
    .option('-n, --lines <number>', 'how many of the last lines (default: 100)', countArgument)
    .addHelpText('after', EXAMPLES.logs)
    .action(run(commands.logs));
  withPeer(withNetwork(program.command('clean')))
    .description('remove what was left over on this machine: unfinished downloads, old records')
    .option('--older <time>', 'only what nobody has touched for so long (default: 7d)', durationArgument)
    .option('--dry-run', 'show it and delete nothing')
    .addOption(yes())
    .addHelpText('after', EXAMPLES.clean)
    .action(run(commands.clean));
  program
    .command('completion')
    .addArgument(new Argument('<shell>').choices(['bash', 'zsh', 'fish']))
    .description('print what your shell evaluates to complete commands, flags and published names')
    .addHelpText('after', EXAMPLES.completion)
    .action(run((shell: Shell, _options: object, context: Context) => commands.completion(shell, context)));
  program
    .command('complete [words...]', { hidden: true })
    .action(
      run((words: string[], _options: object, context: Context) =>
        commands.complete(words, program, context),
      ),
    );
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
