import type { Command } from 'commander';

const CARE = 'Look after it:';
const GROUPS: Readonly<Record<string, readonly string[]>> = {
  'Share and fetch files:': ['publish', 'get', 'manifest', 'search', 'ls', 'rm', 'stop-sharing'],
  'Make many machines fetch it:': ['distribute', 'distributions', 'distribution', 'cancel', 'retry'],
  'Chunk files:': ['split', 'join', 'share', 'chunk'],
  'Peers and anchors:': ['peers', 'status', 'limit', 'leave', 'peer', 'anchor'],
};

/** Puts every command into its group of `shoal --help`. */
export const groupCommands = (program: Command): void => {
  for (const command of program.commands) {
    const [group = CARE] = Object.entries(GROUPS).find(([, names]) => names.includes(command.name())) ?? [];
    command.helpGroup(group);
  }
  program.commandsGroup(CARE).helpCommand('help [command]', 'show help for a command');
};
