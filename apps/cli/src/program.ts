import { Command, Option } from 'commander';
import {
  chunkArgument,
  chunksArgument,
  collect,
  copiesArgument,
  durationArgument,
  limitArgument,
  rateArgument,
  sizeArgument,
} from './arguments.js';
import { addChunkFileCommands } from './chunk-file-commands.js';
import type { Run } from './commands/action.js';
import type { Commands } from './commands/index.js';
import { complain, print, type Context } from './context.js';
import { addDistributions } from './distribution-program.js';
import { groupCommands } from './help-groups.js';
import { EXAMPLES, EXIT_TEXT } from './help-text.js';
import type { ExitCode } from './output/exit-codes.js';
import { network, withAnchorList, withNetwork, withOneShot, withPeer } from './network-options.js';
import { addVerbs } from './verb-program.js';

/** All flags and arguments. `done` gets the exit code of the command that ran; undefined: the process lives on. */
export const buildProgram = (
  commands: Commands,
  context: Context,
  done: (code: ExitCode | undefined) => void,
): Command => {
  const program = new Command('shoal')
    .description('Moves a file to many machines at once.')
    .option('-V, --version', 'show the versions of the software, the protocols and the build')
    .option('--verbose', 'say on stderr what happens inside, and where an error came from')
    .helpOption('-h, --help', 'show help')
    .configureHelp({ showGlobalOptions: false })
    .addHelpText('after', EXIT_TEXT)
    .showHelpAfterError('(shoal --help lists the commands)')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => print(context, text.trimEnd()),
      writeErr: (text) => complain(context, text.trimEnd()),
    });
  const run =
    <Args extends unknown[]>(command: (...args: [...Args, Context]) => Promise<ExitCode | undefined>) =>
    async (...args: [...Args, Command]): Promise<void> => {
      const own = args.slice(0, -1) as unknown as Args;
      done(await command(...own, context));
    };
  addFileCommands(program, commands, run);
  addChunkFileCommands(program, commands, run);
  addNetworkCommands(program, commands, run);
  addDistributions(program, commands, run);
  addDaemonCommands(program, commands, run);
  addVerbs(program, commands, run);
  groupCommands(program);
  return program;
};

const addFileCommands = (program: Command, commands: Commands, run: Run): void => {
  withOneShot(withPeer(withNetwork(program.command('publish <file>'))))
    .description('make a file, or a folder as one tree, known and serve it')
    .option('--name <name>', 'publish it under another name')
    .option(
      '--chunk-size <size>',
      'cut it into chunks of this size, 1KiB to 64MiB (default: by file size)',
      sizeArgument,
    )
    .addOption(maxUp())
    .option(
      '--spread <copies>',
      'have each chunk kept by so many other peers, then be free to leave',
      copiesArgument,
    )
    .option('--store', 'have the whole file kept by the storage peers (label anchor=...)')
    .addHelpText('after', EXAMPLES.publish)
    .action(run(commands.publish));
  withOneShot(withPeer(withNetwork(program.command('get <file>'))))
    .description('download a file: NAME, NAME@VERSION or a file id')
    .option('-o, --output <path>', 'write it there; a folder keeps the published name')
    .option('--force', 'replace what is there: a file, for a tree also a folder')
    .option('--check', 'read the finished file again and compare its SHA-256')
    .option('--seed', 'stay and serve it when it is complete')
    .option('--chunks <numbers>', 'only these chunks, like 1-4,7; the rest stays away', chunksArgument)
    .option('--at <peer>', 'make another peer download it')
    .addOption(maxUp())
    .option('--max-down <rate>', 'download at most so fast: 10MB, 50Mbit', rateArgument)
    .option(
      '--timeout <time>',
      'fail when nothing has arrived for so long: 30s, 5m (default: wait)',
      durationArgument,
    )
    .addHelpText('after', EXAMPLES.get)
    .action(run(commands.get));
};

const addNetworkCommands = (program: Command, commands: Commands, run: Run): void => {
  withPeer(withNetwork(program.command('manifest <file>')))
    .description('show the chunks of a file and who holds them')
    .addOption(new Option('-o, --output <path>', 'write the manifest file').conflicts('files'))
    .option('--files', 'list what lies in a tree, as its index says')
    .addHelpText('after', EXAMPLES.manifest)
    .action(run(commands.manifest));
  withNetwork(program.command('search <pattern>'))
    .description('find files and their versions; * and ? are wildcards')
    .option('--chunk <number>', 'say who holds this chunk now, counted from 1', chunkArgument)
    .addHelpText('after', EXAMPLES.search)
    .action(run(commands.search));
  withNetwork(program.command('peers'))
    .description('list the peers of the network')
    .action(run(commands.peers));
};

const addDaemonCommands = (program: Command, commands: Commands, run: Run): void => {
  withPeer(withNetwork(program.command('status')))
    .description('show the peers that run on this machine')
    .action(run(commands.status));
  withPeer(withNetwork(program.command('leave')))
    .description('make a peer of this machine leave the network and end')
    .action(run(commands.leave));
  withPeer(withNetwork(program.command('limit')))
    .description('change how fast a peer of this machine may be, until it is started again')
    .option('--max-up <rate>', 'upload at most so fast: 10MB, 50Mbit, none', limitArgument)
    .option('--max-down <rate>', 'download at most so fast', limitArgument)
    .addHelpText('after', EXAMPLES.limit)
    .action(run(commands.limit));
  withAnchorList(program.command('peer'))
    .description('run a peer in the foreground')
    .option('--name <name>', 'its name (default: the host name)')
    .option('--listen <address>', 'host, host:port or host:first-last (default: 127.0.0.1, any port)')
    .option('--advertise <address>', 'the address that other peers dial')
    .option('--root <folder>', 'a folder that it may read and write; may be repeated', collect)
    .option('--label <key=value>', 'a label; may be repeated', collect)
    .option('--data <folder>', 'its key and records (default: below $XDG_DATA_HOME/shoal)')
    .addOption(maxUp())
    .option('--max-down <rate>', 'download at most so fast', rateArgument)
    .option(
      '--storage-max <size>',
      'keep at most so much for the network, 0 for nothing (default: 10GiB, at most half of the free space)',
    )
    .addHelpText('after', EXAMPLES.peer)
    .action(run(commands.peer));
  program
    .command('anchor')
    .description('run the three processes of an anchor and start them again when they end')
    .requiredOption('--name <name>', 'its name: server1')
    .option('--amqp <url>', 'the broker (default: AMQP_URL)')
    .option('--redis <url>', 'the Redis server (default: REDIS_URL)')
    .addOption(network())
    .addHelpText('after', EXAMPLES.anchor)
    .action(run(commands.anchor));
};

const maxUp = (): Option =>
  new Option('--max-up <rate>', 'upload at most so fast: 10MB, 50Mbit').argParser(rateArgument);
