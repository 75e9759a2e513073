import { accessSync, constants, readdirSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';

export interface Binaries {
  readonly rabbitmqServer?: string;
  /** Erlang's port mapper, which a broker needs beside it. */
  readonly epmd?: string;
  readonly redisServer?: string;
}

export interface SearchFolders {
  /** As in PATH. */
  readonly path: readonly string[];
  /** Where packages put RabbitMQ's own scripts, which need no special user. */
  readonly rabbitmq: readonly string[];
  /** Erlang's installation folders. */
  readonly erlang: readonly string[];
}

const SYSTEM_FOLDERS = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

/** A PATH without `sbin` is common; servers live there. SHOAL_SERVERS is a folder with the three programs to use instead. */
export const systemFolders = (
  path = process.env['PATH'] ?? '',
  servers = process.env['SHOAL_SERVERS'] ?? '',
): SearchFolders => (servers === '' ? installed(path) : { path: [servers], rabbitmq: [servers], erlang: [] });

const installed = (path: string): SearchFolders => ({
  path: [...new Set([...path.split(':').filter((folder) => folder !== ''), ...SYSTEM_FOLDERS])],
  rabbitmq: ['/usr/lib/rabbitmq/bin', '/opt/rabbitmq/sbin', '/opt/homebrew/opt/rabbitmq/sbin'],
  erlang: ['/usr/lib/erlang', '/usr/local/lib/erlang', '/opt/homebrew/lib/erlang'],
});

const isExecutable = (file: string): boolean => {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

const list = (folder: string): string[] => {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
};

const firstIn = (folders: readonly string[], name: string): string | undefined =>
  folders.map((folder) => join(folder, name)).find(isExecutable);

/** Debian's wrapper switches to the system's user and data folder: of no use for a private server. */
const isWrapper = (file: string): boolean => realpathSync(file).endsWith('rabbitmq-script-wrapper');

const findRabbitmq = ({ rabbitmq, path }: SearchFolders): string | undefined => {
  const found = firstIn(rabbitmq, 'rabbitmq-server') ?? firstIn(path, 'rabbitmq-server');
  return found === undefined || isWrapper(found) ? undefined : found;
};

const findEpmd = ({ path, erlang }: SearchFolders): string | undefined => {
  const erl = firstIn(path, 'erl');
  const beside = erl === undefined ? [] : [dirname(realpathSync(erl))];
  const runtimes = erlang.flatMap((root) => [
    join(root, 'bin'),
    ...list(root)
      .filter((name) => name.startsWith('erts-'))
      .map((name) => join(root, name, 'bin')),
  ]);
  return firstIn([...path, ...beside, ...runtimes], 'epmd');
};

export const findBinaries = (folders: SearchFolders = systemFolders()): Binaries => {
  const rabbitmqServer = findRabbitmq(folders);
  const epmd = findEpmd(folders);
  const redisServer = firstIn(folders.path, 'redis-server');
  return {
    ...(rabbitmqServer === undefined ? {} : { rabbitmqServer }),
    ...(epmd === undefined ? {} : { epmd }),
    ...(redisServer === undefined ? {} : { redisServer }),
  };
};
