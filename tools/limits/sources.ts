/** Where the caps are: files whose every numeric constant is one, and single constants of other files. */
export interface LimitsSection {
  readonly title: string;
  readonly about: string;
  readonly file: string;
  /** These constants only; all of the file when left out. */
  readonly only?: readonly string[];
}

export const LIMIT_SECTIONS: readonly LimitsSection[] = [
  {
    title: 'Messages on the queues',
    about: 'What a message may carry',
    file: 'libs/contracts/src/limits.ts',
  },
  {
    title: 'Queues',
    about: 'What the broker keeps for a person to look at',
    file: 'libs/contracts/src/topology.ts',
    only: ['KEPT_MESSAGES'],
  },
  {
    title: 'Queues, in bytes',
    about: 'The same, where bodies are large',
    file: 'libs/platform/src/broker/topology.ts',
    only: ['KEPT_BYTES'],
  },
  { title: 'Chunk protocol', about: 'What a peer may say over TCP', file: 'libs/wire/src/limits.ts' },
  {
    title: 'Trees',
    about: 'A folder that is published as one; the index comes from whoever published it',
    file: 'libs/chunking/src/tree/tree-limits.ts',
  },
  {
    title: 'Engine',
    about: 'Connections, times and memory of the data plane',
    file: 'libs/engine/src/engine-limits.ts',
  },
  {
    title: 'Broker',
    about: 'Requests and messages under way; times in milliseconds where nothing else is said',
    file: 'libs/platform/src/broker/broker-limits.ts',
  },
  {
    title: 'Commands at a peer',
    about: 'Orders that others send to a peer',
    file: 'apps/peer/src/command-store.ts',
    only: ['COMMANDS_MAX', 'KEEP_MS'],
  },
  {
    title: 'Names at a peer',
    about: 'What a peer remembers, to give it back to an emptied Redis',
    file: 'apps/peer/src/names/name-book.ts',
    only: ['NAMES_MAX'],
  },
  {
    title: 'Console',
    about: 'What it takes over HTTP',
    file: 'apps/console/src/console-limits.ts',
  },
  {
    title: 'Names given back',
    about: 'What anchors believe of peers after Redis was emptied',
    file: 'libs/registry/src/restoring.ts',
  },
  {
    title: 'Removed files',
    about: 'Files that peers are to drop',
    file: 'libs/registry/src/redis-manifest-registry.ts',
    only: ['DROPPED_MAX', 'ANSWER_SECONDS'],
  },
  {
    title: 'Control socket',
    about: 'Between the command line and a peer of the same machine and user',
    file: 'apps/cli/src/local/control-client.ts',
    only: ['ANSWER_MAX', 'STATUS_MS', 'LEAVE_MS'],
  },
];
