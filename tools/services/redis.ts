import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ManagedProcess } from '../run/managed-process.js';
import type { Run } from '../run/run.js';
import { freePorts } from './ports.js';
import { startFailure, untilUp, withOtherPorts, type PrivateServer } from './private-server.js';
import { LOOPBACK } from './rabbitmq-config.js';
import { untilRedisAnswers } from './redis-probe.js';

const START_TIMEOUT_MS = 20_000;
const OPEN_FILES = 16_384;

export interface RedisPlan {
  readonly folder: string;
  readonly port: number;
  readonly password: string;
  /** Keep what was written over a restart. */
  readonly durable: boolean;
}

export const redisConfigText = (plan: RedisPlan): string =>
  [
    `bind ${LOOPBACK}`,
    `port ${plan.port}`,
    `requirepass ${plan.password}`,
    `dir "${plan.folder}"`,
    'daemonize no',
    'save ""',
    `appendonly ${plan.durable ? 'yes' : 'no'}`,
    // Jobs must never be dropped for want of memory (BullMQ requires it).
    'maxmemory-policy noeviction',
    '',
  ].join('\n');

class LocalRedis implements PrivateServer {
  readonly url: string;
  version = '';
  private process: ManagedProcess | undefined;

  constructor(
    private readonly run: Run,
    private readonly binary: string,
    private readonly plan: RedisPlan,
  ) {
    this.url = `redis://:${plan.password}@${LOOPBACK}:${plan.port}`;
  }

  get pid(): number {
    return this.running.pid;
  }

  get logFile(): string {
    return this.running.logFile;
  }

  async restart(): Promise<void> {
    const config = join(this.plan.folder, 'redis.conf');
    writeFileSync(config, redisConfigText(this.plan), { mode: 0o600 });
    const process = this.run.spawn({
      name: 'redis',
      command: this.binary,
      args: [config],
      openFiles: OPEN_FILES,
    });
    this.process = process;
    try {
      this.version = await untilUp(process, START_TIMEOUT_MS, (givenUp) =>
        untilRedisAnswers(this.url, givenUp),
      );
    } catch (thrown) {
      throw startFailure(thrown, process.logFile);
    }
  }

  async kill(): Promise<void> {
    await this.running.stop(0);
  }

  private get running(): ManagedProcess {
    if (this.process === undefined) throw new Error('Redis was never started');
    return this.process;
  }
}

/** A Redis of the run's own. @throws ShoalError with the end of its log */
export const startRedis = async (run: Run, binary: string, durable: boolean): Promise<PrivateServer> =>
  await withOtherPorts(async (attempt) => {
    const [port] = (await freePorts(1)) as [number];
    const password = randomBytes(16).toString('hex');
    const folder = run.path('redis', String(attempt));
    const server = new LocalRedis(run, binary, { folder, port, password, durable });
    await server.restart();
    return server;
  });
