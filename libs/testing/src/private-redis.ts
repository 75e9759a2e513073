import { spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseRedisUrl } from '#registry';
import getPort from 'get-port';
import { Redis } from 'ioredis';

/** A Redis for one test file, with key prefixes of its own. */
export interface TestRedis {
  readonly url: string;
  /** A network id nobody else uses. */
  networkId(): string;
  stop(): Promise<void>;
}

/** The server at REDIS_URL if that is set, else a private one. Keys of its network ids are removed at the end. */
export const startTestRedis = async (): Promise<TestRedis> => {
  const given = process.env['REDIS_URL'];
  if (given !== undefined && given !== '') return sharedRedis(given);
  const server = new PrivateRedis();
  await server.start();
  return { url: server.url, networkId: randomNetwork, stop: () => server.stop() };
};

const TRIES = 5;
/** The last line of a start that went well. */
const READY = 'Ready to accept connections';
/** Ends the server and removes its folder when the pipe from the test process breaks, however that process ended. */
const WATCHDOG = 'trap "" INT TERM HUP; cat >/dev/null; kill -9 "$1" 2>/dev/null; rm -rf "$2"';

/** A redis-server process of our own: loopback, random port, own folder, gone with this process. */
export class PrivateRedis {
  private port = 0;
  private folder = '';
  private server: ChildProcess | undefined;
  private watchdog: ChildProcess | undefined;

  /** @param persistent every write is on disk (AOF, fsync always) and survives `kill` and `start` */
  constructor(private readonly persistent = false) {}

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  get pid(): number {
    if (this.server?.pid === undefined) throw new Error('the private Redis is not running');
    return this.server.pid;
  }

  /** Starts it, after `kill` on the same port and folder. */
  async start(): Promise<void> {
    if (this.folder === '') this.folder = await mkdtemp(join(tmpdir(), 'shoal-redis-'));
    const choosePort = this.port === 0;
    for (let tries = 1; ; tries++) {
      if (choosePort) this.port = await getPort({ host: '127.0.0.1' });
      const failure = await this.launch();
      if (failure === undefined) return;
      if (tries === TRIES) throw new Error(`redis-server does not start: ${failure}`);
    }
  }

  /** As when its machine loses power. */
  async kill(): Promise<void> {
    await this.end('SIGKILL');
  }

  /** Ends it and removes its folder. */
  async stop(): Promise<void> {
    await this.end('SIGKILL');
    await rm(this.folder, { recursive: true, force: true });
  }

  /** Undefined when it is ready, else its last words. */
  private async launch(): Promise<string | undefined> {
    const server = spawn('redis-server', this.parameters(), { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(server, 'spawn');
    this.server = server;
    this.watchdog = spawn('sh', ['-c', WATCHDOG, 'watchdog', String(server.pid), this.folder], {
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    let last = '';
    for await (const line of createInterface({ input: server.stdout as NodeJS.ReadableStream })) {
      last = line;
      if (line.includes(READY)) break;
    }
    server.stdout?.resume();
    if (last.includes(READY)) return undefined;
    await this.end('SIGKILL');
    return last;
  }

  private parameters(): string[] {
    const durability = this.persistent ? ['--appendonly', 'yes', '--appendfsync', 'always'] : [];
    const place = ['--bind', '127.0.0.1', '--port', String(this.port), '--dir', this.folder];
    return [...place, '--save', '', ...durability];
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    const { server, watchdog } = this;
    this.server = undefined;
    this.watchdog = undefined;
    // The watchdog first: it must not meet another process under the server's number, nor remove the folder.
    if (watchdog !== undefined) await endProcess(watchdog, 'SIGKILL');
    if (server !== undefined) await endProcess(server, signal);
  }
}

const endProcess = async (child: ChildProcess, signal: NodeJS.Signals): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill(signal);
  await gone;
};

const randomNetwork = (): string => `test-${randomBytes(6).toString('hex')}`;

const sharedRedis = (url: string): TestRedis => {
  const used: string[] = [];
  return {
    url,
    networkId: () => {
      const networkId = randomNetwork();
      used.push(networkId);
      return networkId;
    },
    stop: () => removeKeys(url, used),
  };
};

const removeKeys = async (url: string, networkIds: readonly string[]): Promise<void> => {
  const client = new Redis(parseRedisUrl(url));
  const prefixes = new Set(networkIds);
  for await (const page of client.scanStream({ match: 'test-*', count: 1_000 })) {
    const ours = (page as string[]).filter((key) => prefixes.has(key.slice(0, key.indexOf(':'))));
    if (ours.length > 0) await client.unlink(...ours);
  }
  await client.quit();
};
