import type { Command } from 'commander';
import { sizeArgument } from './arguments.js';
import type { Run } from './commands/action.js';
import type { Commands } from './commands/index.js';
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
};

const withJson = (command: Command): Command =>
  command.option('--json', 'one JSON object a line on stdout, nothing else');
