import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { ManagedProcess } from '../run/managed-process.js';
import type { Run } from '../run/run.js';
import { untilBrokerAnswers } from './amqp-probe.js';
import { definitionsOf } from './definitions.js';
import { freePorts } from './ports.js';
import { startFailure, untilUp, withOtherPorts, type PrivateServer } from './private-server.js';
import {
  configText,
  ENABLED_PLUGINS,
  environmentOf,
  filesOf,
  LOOPBACK,
  type RabbitmqPlan,
} from './rabbitmq-config.js';
import { BROKER_ROLES, type BrokerRole } from './roles.js';

/** A cold machine reads some 100 MB of Erlang code; a warm one needs 5 to 12 s. */
const START_TIMEOUT_MS = 90_000;
const OPEN_FILES = 65_536;

export interface RabbitmqRequest {
  readonly server: string;
  readonly epmd: string;
  readonly networkPattern: string;
  readonly networks: readonly string[];
  /** Addresses besides loopback. */
  readonly listen?: readonly string[];
  /** As in RabbitmqPlan. */
  readonly statistics?: boolean;
}

export interface PrivateBroker extends PrivateServer {
  readonly passwords: Readonly<Record<BrokerRole, string>>;
  readonly adminUrl: string;
  amqpUrl(role: BrokerRole): string;
}

const newPasswords = (): Record<BrokerRole, string> =>
  Object.fromEntries(BROKER_ROLES.map((role) => [role, randomBytes(16).toString('hex')])) as Record<
    BrokerRole,
    string
  >;

const writeFiles = (
  plan: RabbitmqPlan,
  passwords: Record<BrokerRole, string>,
  request: RabbitmqRequest,
): void => {
  const files = filesOf(plan);
  const { networkPattern, networks } = request;
  const definitions = definitionsOf({ passwords, salt: () => randomBytes(4), networkPattern, networks });
  const secret = { mode: 0o600 };
  mkdirSync(files.home, { recursive: true, mode: 0o700 });
  writeFileSync(files.cookie, randomBytes(20).toString('hex'), { mode: 0o400 });
  writeFileSync(files.config, configText(plan), secret);
  writeFileSync(files.plugins, ENABLED_PLUGINS, secret);
  writeFileSync(files.definitions, JSON.stringify(definitions), secret);
};

const planFor = async (run: Run, attempt: number, request: RabbitmqRequest): Promise<RabbitmqPlan> => {
  const [amqp, management, distribution, epmd] = (await freePorts(4)) as [number, number, number, number];
  return {
    runId: run.id,
    folder: run.path('rabbitmq', String(attempt)),
    ports: { amqp, management, distribution, epmd },
    listen: request.listen ?? [],
    statistics: request.statistics ?? true,
  };
};

interface Processes {
  readonly epmd: ManagedProcess;
  readonly server: ManagedProcess;
}

/** epmd in the foreground is our child; left to itself a broker would start one that outlives it. */
const spawnProcesses = (run: Run, plan: RabbitmqPlan, request: RabbitmqRequest): Processes => {
  const env = environmentOf(plan);
  const epmd = run.spawn({
    name: 'epmd',
    command: request.epmd,
    args: ['-port', String(plan.ports.epmd), '-address', LOOPBACK],
    env,
  });
  const server = run.spawn({
    name: 'rabbitmq',
    command: request.server,
    env,
    cwd: plan.folder,
    openFiles: OPEN_FILES,
  });
  return { epmd, server };
};

const stopProcesses = async ({ epmd, server }: Processes): Promise<void> => {
  await Promise.all([server.stop(0), epmd.stop(0)]);
};

class LocalBroker implements PrivateBroker {
  readonly passwords = newPasswords();
  readonly adminUrl: string;
  version = '';
  private processes: Processes | undefined;

  constructor(
    private readonly run: Run,
    private readonly plan: RabbitmqPlan,
    private readonly request: RabbitmqRequest,
  ) {
    this.adminUrl = `http://${LOOPBACK}:${plan.ports.management}/`;
  }

  get url(): string {
    return this.amqpUrl('anchor');
  }

  get pid(): number {
    return this.running.server.pid;
  }

  get logFile(): string {
    return this.running.server.logFile;
  }

  amqpUrl(role: BrokerRole): string {
    return `amqp://${role}:${this.passwords[role]}@${LOOPBACK}:${this.plan.ports.amqp}`;
  }

  async start(): Promise<this> {
    writeFiles(this.plan, this.passwords, this.request);
    await this.restart();
    return this;
  }

  async restart(): Promise<void> {
    const processes = spawnProcesses(this.run, this.plan, this.request);
    this.processes = processes;
    try {
      const facts = await untilUp(processes.server, START_TIMEOUT_MS, (givenUp) =>
        untilBrokerAnswers(this.url, givenUp),
      );
      this.version = facts.version;
    } catch (thrown) {
      await stopProcesses(processes);
      throw startFailure(thrown, processes.server.logFile);
    }
  }

  async kill(): Promise<void> {
    await stopProcesses(this.running);
  }

  private get running(): Processes {
    if (this.processes === undefined) throw new Error('the broker was never started');
    return this.processes;
  }
}

/** A broker of the run's own: every port, file, cookie and user. @throws ShoalError with the end of its log */
export const startRabbitmq = async (run: Run, request: RabbitmqRequest): Promise<PrivateBroker> =>
  await withOtherPorts(async (attempt) => {
    const plan = await planFor(run, attempt, request);
    return await new LocalBroker(run, plan, request).start();
  });
