import { Option, type Command } from 'commander';

/** Flags that many commands share. */
export const network = (): Option =>
  new Option('--network <id>', 'the network (default: SHOAL_NETWORK, else "shoal")');

export const withAnchorList = (command: Command): Command =>
  command
    .option('--anchors <list>', 'name=amqp://host,... (default: ANCHORS, AMQP_URL, then .shoal/network.json)')
    .addOption(network());

export const withNetwork = (command: Command): Command =>
  withAnchorList(command).option('--json', 'one JSON object a line on stdout, nothing else');

export const withPeer = (command: Command): Command =>
  command.option(
    '--peer <name|socket>',
    'the peer of this machine to use (default: one that may touch the file)',
  );

export const withOneShot = (command: Command): Command =>
  command
    .option('--listen <address>', 'where a one-shot peer listens (default: 127.0.0.1, any port)')
    .option('--advertise <address>', 'the address of a one-shot peer that other peers dial');
