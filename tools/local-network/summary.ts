import pc from 'picocolors';
import { ANCHOR_PARTS, type Network } from '../network/network.js';
import { plainTable } from '../run/plain-table.js';

/** host2 before host10. */
const byName = (a: { name: string }, b: { name: string }): number =>
  a.name.localeCompare(b.name, 'en', { numeric: true });

export interface SummaryPlaces {
  /** The file with all addresses. */
  readonly file: string;
  /** Whether `npx shoal` in the project finds this network by itself. */
  readonly found: boolean;
  readonly logs: string;
}

/** What a person wants to see when the network is up. */
export const summaryOf = (network: Network, places: SummaryPlaces): string => {
  const { services } = network;
  const anchors = [...network.anchors.values()].map(({ name, processes }) => [
    name,
    ...ANCHOR_PARTS.map((part) => processes[part].pid),
  ]);
  const peers = [...network.peers.values()]
    .sort(byName)
    .map(({ name, process, roots }) => [name, process.pid, roots[0] ?? '']);
  const facts: [string, string][] = [
    ...(services.adminUrl === undefined
      ? []
      : ([
          [
            'admin page',
            `${services.adminUrl}  user ${services.adminLogin?.user}  password ${services.adminLogin?.password}`,
          ],
        ] as [string, string][])),
    ...(network.console === undefined ? [] : ([['console', network.console.url]] as [string, string][])),
    ['logs', places.logs],
    ['addresses', places.file],
    [
      'try',
      places.found
        ? 'npx shoal peers'
        : `ANCHORS="${network.cliEnvironment['ANCHORS']}" SHOAL_NETWORK=${network.id} npx shoal peers`,
    ],
  ];
  return [
    pc.bold(
      `The network "${network.id}" runs on this machine (RabbitMQ ${services.versions.broker}, Redis ${services.versions.redis}).`,
    ),
    '',
    plainTable(['anchor', ...ANCHOR_PARTS.map((part) => `${part} (pid)`)], anchors),
    '',
    plainTable(['peer', 'pid', 'files'], peers),
    '',
    plainTable(['', ''], facts).trimStart(),
    '',
    'Ctrl-C stops it all and removes its files.',
  ].join('\n');
};
