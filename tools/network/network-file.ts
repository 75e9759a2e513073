import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { processRef, isAlive, type ProcessRef } from '../run/process-table.js';
import type { Run } from '../run/run.js';
import { anchorList } from './app-environment.js';
import { ANCHOR_PARTS, type Network } from './network.js';

/** Everything about a running network that another process on this machine can use. It has passwords: mode 0600. */
export const describeNetwork = (run: Run, network: Network) => {
  const { services } = network;
  const anchors = [...network.anchors.values()];
  return {
    /** The run that the file belongs to: it is removed with it. */
    run: run.id,
    owner: processRef(process.pid) ?? { pid: process.pid, startedAt: '' },
    network: network.id,
    /** For people's programs (`ANCHORS`). */
    anchors: anchorList({ services, anchors: anchors.map(({ name }) => name) }, 'operator'),
    amqp: Object.fromEntries(
      (['anchor', 'peer', 'operator', 'publisher', 'admin'] as const).map((role) => [
        role,
        services.amqpUrl(role),
      ]),
    ),
    redisUrl: services.redisUrl,
    ...(services.adminUrl === undefined ? {} : { admin: { url: services.adminUrl, ...services.adminLogin } }),
    ...(network.console === undefined ? {} : { consoleUrl: network.console.url }),
    anchorProcesses: anchors.map(({ name, processes }) => ({
      name,
      pids: Object.fromEntries(ANCHOR_PARTS.map((part) => [part, processes[part].pid])),
    })),
    peers: [...network.peers.values()].map(
      ({ name, process, controlSocket, dataFolder, roots, announced }) => ({
        name,
        pid: process.pid,
        controlSocket,
        dataFolder,
        roots,
        announced,
      }),
    ),
    logs: join(run.folder, 'logs'),
  };
};

/** The owner of the network that this file describes, while it lives. */
export const liveOwnerOf = (file: string): ProcessRef | undefined => {
  try {
    const { owner } = JSON.parse(readFileSync(file, 'utf8')) as { owner?: ProcessRef };
    return owner !== undefined && isAlive(owner) ? owner : undefined;
  } catch {
    return undefined;
  }
};

/** Writes the file whole; it goes with the run. */
export const writeNetworkFile = (file: string, run: Run, network: Network): void => {
  mkdirSync(dirname(file), { recursive: true });
  const next = `${file}.${run.id}`;
  writeFileSync(next, `${JSON.stringify(describeNetwork(run, network), null, 2)}\n`, { mode: 0o600 });
  renameSync(next, file);
  run.removeAtEnd(file);
};
