/** `npm start`: a network on this machine that stays up until Ctrl-C. */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ShoalError } from '#core';
import { startNetwork, type Network } from '../network/network.js';
import { liveOwnerOf, writeNetworkFile } from '../network/network-file.js';
import { runCommand, say, type Stop } from '../run/command.js';
import type { ManagedProcess } from '../run/managed-process.js';
import { PROJECT_ROOT } from '../run/project.js';
import { Run } from '../run/run.js';
import { startServices } from '../services/start-services.js';
import { summaryOf } from './summary.js';

const USAGE = `npm start [-- --peers N] [--verbose]

  --peers N    how many peers (default 4, at most 100)
  --verbose    print every line that the processes log
`;
const PEERS_MAX = 100;
const ANCHORS = ['server1', 'server2'];

interface Options {
  readonly peers: number;
  readonly verbose: boolean;
  readonly help: boolean;
}

const readOptions = (): Options => {
  const { values } = parseArgs({
    options: {
      peers: { type: 'string', default: '4' },
      verbose: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const peers = Number(values.peers);
  if (!Number.isInteger(peers) || peers < 0 || peers > PEERS_MAX) {
    throw new ShoalError('bad-config', `--peers is "${values.peers}"`, {
      hint: `It wants a number from 0 to ${PEERS_MAX}.`,
    });
  }
  return { peers, verbose: values.verbose, help: values.help };
};

const start = async (run: Run, { peers, verbose }: Options): Promise<Network> => {
  const services = await startServices(run, { say, durable: true });
  say(`Starting ${ANCHORS.length} anchors and ${peers} peers.`);
  return await startNetwork(run, services, {
    anchors: ANCHORS,
    peers: Array.from({ length: peers }, (_, index) => ({ name: `host${index + 1}` })),
    console: true,
    ...(verbose ? { onLine: (name, line) => say(`${name}: ${line}`) } : {}),
  });
};

/** One network in a checkout is found by `npx shoal`; a second one keeps its addresses in its own folder. */
const publish = (run: Run, network: Network): { file: string; found: boolean } => {
  const shared = join(PROJECT_ROOT, '.shoal', 'network.json');
  const found = liveOwnerOf(shared) === undefined;
  const file = found ? shared : join(run.folder, 'network.json');
  writeNetworkFile(file, run, network);
  return { file, found };
};

const tellDeaths = (network: Network, stop: Stop): void => {
  const processes: ManagedProcess[] = [
    ...[...network.anchors.values()].flatMap((anchor) => Object.values(anchor.processes)),
    ...[...network.peers.values()].map((peer) => peer.process),
  ];
  for (const process of processes) {
    void process.exited.then(({ code, signal }) => {
      if (!stop.signal.aborted)
        say(`${process.name} ended (${signal ?? `exit ${code}`}); its log: ${process.logFile}`);
    });
  }
};

const main = async (stop: Stop): Promise<number> => {
  const options = readOptions();
  if (options.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const run = await Run.open({ command: 'npm start' });
  let network: Network | undefined;
  try {
    network = await stop.unlessStopped(start(run, options));
    const places = publish(run, network);
    tellDeaths(network, stop);
    process.stdout.write(`${summaryOf(network, { ...places, logs: join(run.folder, 'logs') })}\n`);
    await stop.requested;
    say('Stopping.');
    return 0;
  } finally {
    await network?.stop();
    await network?.services.stop();
    await run.close();
  }
};

await runCommand(main);
