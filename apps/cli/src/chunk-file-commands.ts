import type { Command } from 'commander';
import { chunksArgument, durationArgument, rateArgument, sizeArgument } from './arguments.js';
import type { Run } from './commands/action.js';
import type { Commands } from './commands/index.js';
import { withNetwork, withOneShot, withPeer } from './network-options.js';
import { EXAMPLES } from './help-text.js';

/** The commands about chunk files: `music.txt` as `music1.txt`, `music2.txt`, ... in a folder. */
export const addChunkFileCommands = (program: Command, commands: Commands, run: Run): void => {
  withJson(program.command('split <file>'))
    .description('cut a file into chunk files and write their manifest file; needs no network')
    .requiredOption('-o, --output <folder>', 'put them there; the folder is made when it is missing')
    .option('--name <name>', 'call them after this name (default: the name of the file)')
    .option('--chunk-size <size>', 'bytes of each, 1KiB to 64MiB (default: by file size)', sizeArgument)
    .option('--force', 'replace files that are there')
    .addHelpText('after', EXAMPLES.split)
    .action(run(commands.split));
  withJson(program.command('join <folder>'))
    .description('join the chunk files of a folder to one file; needs no network')
    .option('-o, --output <path>', 'write it there; a folder keeps the published name')
    .option('--manifest <file>', 'the manifest file (default: the only one in the folder)')
    .option('--force', 'replace a file that is there')
    .addHelpText('after', EXAMPLES.join)
    .action(run(commands.join));
  withOneShot(withPeer(withNetwork(program.command('share <folder>'))))
    .description('serve the chunk files of a folder, found by the digests of their manifest file')
    .option('--manifest <file>', 'the manifest file (default: the only one in the folder)')
    .option('--name <name>', 'publish it under this name if the network does not know it')
    .option('--max-up <rate>', 'upload at most so fast: 10MB, 50Mbit', rateArgument)
    .addHelpText('after', EXAMPLES.share)
    .action(run(commands.share));
  const chunk = program.command('chunk').description('work with single chunks of a file');
  withOneShot(withPeer(withNetwork(chunk.command('get'))))
    .description('download chunks, each to a file of its own: chunk 3 of music.txt to music3.txt')
    .argument('<file>', 'NAME, NAME@VERSION or a file id')
    .argument('<numbers>', 'chunk numbers from 1 on, like 3 or 1-4,7', chunksArgument)
    .requiredOption('-o, --output <folder>', 'put them there; the folder is made when it is missing')
    .option('--manifest', 'write the manifest file beside them')
    .option('--force', 'replace files that are there')
    .option('--max-down <rate>', 'download at most so fast: 10MB, 50Mbit', rateArgument)
    .option(
      '--timeout <time>',
      'fail when nothing has arrived for so long: 30s, 5m (default: wait)',
      durationArgument,
    )
    .addHelpText('after', EXAMPLES.chunkGet)
    .action(run(commands.chunkGet));
};

const withJson = (command: Command): Command =>
  command.option('--json', 'one JSON object a line on stdout, nothing else');
