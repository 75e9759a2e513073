import { fork, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const KEEPER = fileURLToPath(new URL('./keeper.mjs', import.meta.url));
/** Milliseconds that a `beforeAll` should allow. */
export const RABBIT_START_TIMEOUT = 90_000;
const START_TIMEOUT = 70_000;

export interface RabbitAddress {
  readonly url: string;
  /** HTTP, with the login in it; undefined when only `AMQP_URL` is known. */
  readonly managementUrl?: string;
}

/** A broker of one's own, for tests that stop it. */
export interface PrivateRabbit extends RabbitAddress {
  /** At once, as a crash. */
  kill(): Promise<void>;
  /** As an operator would. */
  shutdown(): Promise<void>;
  /** Takes no messages from publishers any more, as when memory is short. */
  block(): Promise<void>;
  unblock(): Promise<void>;
  /** Again, on the same data and ports. */
  start(): Promise<void>;
  /** Ends it and removes its data. */
  dispose(): Promise<void>;
}

interface KeeperMessage {
  readonly ready?: RabbitAddress;
  readonly id?: number;
  readonly error?: string;
}

/** False where the tests were given a broker elsewhere and none is installed here. */
export const canStartRabbit = (): boolean => existsSync('/usr/lib/rabbitmq/bin/rabbitmq-server');

export const startPrivateRabbit = async (): Promise<PrivateRabbit> => {
  const keeper = fork(KEEPER, [], { execArgv: [], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const { ready, error } = await nextMessage(keeper, () => true);
  if (ready === undefined) throw new Error(error ?? 'RabbitMQ did not start');
  let commands = 0;
  const run = async (command: string): Promise<void> => {
    const id = ++commands;
    keeper.send({ id, command });
    const answer = await nextMessage(keeper, (message) => message.id === id);
    if (answer.error !== undefined) throw new Error(answer.error);
  };
  return {
    ...ready,
    kill: () => run('kill'),
    shutdown: () => run('shutdown'),
    block: () => run('block'),
    unblock: () => run('unblock'),
    start: () => run('start'),
    dispose: async () => {
      const ended = new Promise((resolve) => keeper.once('exit', resolve));
      keeper.disconnect();
      await ended;
    },
  };
};

const nextMessage = (
  keeper: ChildProcess,
  fits: (message: KeeperMessage) => boolean,
): Promise<KeeperMessage> =>
  new Promise((resolve, reject) => {
    const onMessage = (message: unknown): void => {
      if (!fits(message as KeeperMessage)) return;
      done();
      resolve(message as KeeperMessage);
    };
    const onExit = (): void => {
      done();
      reject(new Error('the keeper of the private RabbitMQ ended'));
    };
    const done = (): void => {
      keeper.off('message', onMessage);
      keeper.off('exit', onExit);
    };
    keeper.on('message', onMessage);
    keeper.on('exit', onExit);
  });

/**
 * The broker that all tests of one jest run share: the one that the test command hands over (with all rights), `AMQP_URL`, else a private one that the first test to ask starts and
 * that ends with jest. Use a network of your own on it.
 */
export const sharedRabbit = async (): Promise<RabbitAddress> => {
  const given = process.env['SHOAL_TEST_AMQP_URL_ADMIN'] ?? process.env['AMQP_URL'];
  if (given !== undefined && given !== '') return { url: given };
  const owner = jestProcess();
  const lock = join(tmpdir(), `shoal-test-rabbit-of-${owner}`);
  if (takeLock(lock)) startKeeper(lock, owner);
  return readWhenReady(join(lock, 'ready.json'));
};

/** Jest's own process: it outlives its workers, in which tests run unless `--runInBand`. */
const jestProcess = (): number => (/jest-worker/.test(process.argv[1] ?? '') ? process.ppid : process.pid);

const takeLock = (folder: string): boolean => {
  try {
    mkdirSync(folder, { mode: 0o700 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
};

const startKeeper = (lock: string, owner: number): void => {
  const args = [KEEPER, '--watch', String(owner), '--ready', join(lock, 'ready.json')];
  spawn(process.execPath, args, { detached: true, stdio: 'ignore' }).unref();
};

// The file is written by a process of its own: there is nothing to wait on but the file.
const readWhenReady = async (file: string): Promise<RabbitAddress> => {
  const deadline = Date.now() + START_TIMEOUT;
  while (Date.now() < deadline) {
    try {
      return JSON.parse(readFileSync(file, 'utf8')) as RabbitAddress;
    } catch {
      await wait(100);
    }
  }
  throw new Error('the private RabbitMQ for tests did not start');
};
