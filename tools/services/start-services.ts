import { DEFAULT_NETWORK } from '#contracts';
import { ShoalError } from '#core';
import type { Run } from '../run/run.js';
import { runBase } from '../run/run-base.js';
import { AdminApi } from './admin-api.js';
import { requireBroker } from './amqp-probe.js';
import { findBinaries, systemFolders, type Binaries, type SearchFolders } from './binaries.js';
import { choicesText, choose, serverNames, type Choice, type Given } from './choose.js';
import { leaveBroker, leaveForeignNetworks, leaveRedis } from './foreign.js';
import { installPackages, systemApt, whyNotInstall } from './install.js';
import type { PrivateServer } from './private-server.js';
import { startRabbitmq, type PrivateBroker } from './rabbitmq.js';
import { startRedis } from './redis.js';
import { requireRedis } from './redis-probe.js';
import { ANY_NETWORK, type BrokerRole } from './roles.js';
import type { Services } from './services.js';

export interface ServicesOptions {
  /** Progress in sentences, for people. */
  readonly say?: (line: string) => void;
  /** AMQP_URL, REDIS_URL and SHOAL_NO_INSTALL are read from it. */
  readonly environment?: NodeJS.ProcessEnv;
  readonly folders?: SearchFolders;
  /** The roles may use networks of any name (for test suites); else only `shoal`. */
  readonly anyNetwork?: boolean;
  /** Redis keeps what was written over a restart. */
  readonly durable?: boolean;
  /** Addresses of this machine, besides loopback, on which a private broker listens. */
  readonly listen?: readonly string[];
  /** False: a private broker collects no statistics, as is advised for thousands of peers. */
  readonly statistics?: boolean;
}

interface Settings {
  readonly run: Run;
  readonly given: Given;
  readonly say: (line: string) => void;
  readonly options: ServicesOptions;
}

/**
 * A broker and a Redis for this run: the given ones, else private child processes of the installed ones, else (as root
 * on Debian or Ubuntu) it installs them first.
 * @throws ShoalError `bad-config` with the choices when there is no way, or when a given one does not answer
 */
export const startServices = async (run: Run, options: ServicesOptions = {}): Promise<Services> => {
  const environment = options.environment ?? process.env;
  const settings: Settings = {
    run,
    given: givenBy(environment),
    say: options.say ?? (() => undefined),
    options,
  };
  await leaveForeignNetworks(run.ended.flatMap(({ foreign }) => foreign));
  const binaries = await provideBinaries(settings, environment);
  const network = networkFor(settings);
  const [broker, redis] = await together(
    startBroker(settings, binaries, network),
    startRedisServer(settings, binaries, network),
  );
  return new RunningServices(settings, network, broker, redis);
};

const givenBy = (environment: NodeJS.ProcessEnv): Given => ({
  ...(environment['AMQP_URL'] ? { amqpUrl: environment['AMQP_URL'] } : {}),
  ...(environment['REDIS_URL'] ? { redisUrl: environment['REDIS_URL'] } : {}),
});

const networkFor = ({ run, given }: Settings): string =>
  given.amqpUrl === undefined && given.redisUrl === undefined
    ? DEFAULT_NETWORK
    : `${DEFAULT_NETWORK}-${run.id}`;

const provideBinaries = async (settings: Settings, environment: NodeJS.ProcessEnv): Promise<Binaries> => {
  const folders = settings.options.folders ?? systemFolders();
  const found = findBinaries(folders);
  const choice = choose(settings.given, found);
  if (choice.packages.length === 0) return found;
  await installMissing(choice, settings.say, environment);
  const now = findBinaries(folders);
  const still = choose(settings.given, now).packages;
  if (still.length > 0) throw missing(still, 'the installation did not bring them');
  return now;
};

const installMissing = async (
  { packages }: Choice,
  say: (line: string) => void,
  environment: NodeJS.ProcessEnv,
): Promise<void> => {
  const reason = whyNotInstall(environment);
  if (reason !== undefined) throw missing(packages, `they cannot be installed: ${reason}`);
  say(
    `${serverNames(packages)}: not on this machine. Installing with apt-get (${packages.join(', ')}), ` +
      'without starting a system service; SHOAL_NO_INSTALL=1 would forbid it.',
  );
  await installPackages(packages, systemApt(runBase(), say));
};

const missing = (packages: readonly string[], why: string): ShoalError =>
  new ShoalError('bad-config', `Shoal needs ${serverNames(packages)}, and ${why}.`, {
    hint: choicesText(packages),
  });

/** Both at once; when one fails, the error comes after the other has settled, so that nothing starts afterwards. */
const together = async <A, B>(first: Promise<A>, second: Promise<B>): Promise<[A, B]> => {
  const [a, b] = await Promise.allSettled([first, second]);
  if (a.status === 'rejected') throw a.reason;
  if (b.status === 'rejected') throw b.reason;
  return [a.value, b.value];
};

interface GivenServer {
  readonly givenUrl: string;
  readonly version: string;
}
type Broker = PrivateBroker | GivenServer;
type RedisServer = PrivateServer | GivenServer;

const startBroker = async (
  { run, given, say, options }: Settings,
  { rabbitmqServer, epmd }: Binaries,
  network: string,
): Promise<Broker> => {
  if (given.amqpUrl !== undefined) {
    const { version } = await requireBroker('AMQP_URL', given.amqpUrl);
    run.leaveAtEnd({ network, amqpUrl: given.amqpUrl });
    return { givenUrl: given.amqpUrl, version };
  }
  say('Starting a private RabbitMQ (takes some seconds).');
  return await startRabbitmq(run, {
    server: rabbitmqServer as string,
    epmd: epmd as string,
    networkPattern: options.anyNetwork === true ? ANY_NETWORK : network,
    networks: [network],
    listen: options.listen ?? [],
    statistics: options.statistics ?? true,
  });
};

const startRedisServer = async (
  { run, given, options }: Settings,
  { redisServer }: Binaries,
  network: string,
): Promise<RedisServer> => {
  if (given.redisUrl === undefined)
    return await startRedis(run, redisServer as string, options.durable === true);
  const version = await requireRedis('REDIS_URL', given.redisUrl);
  run.leaveAtEnd({ network, redisUrl: given.redisUrl });
  return { givenUrl: given.redisUrl, version };
};

class RunningServices implements Services {
  readonly redisUrl: string;
  readonly versions: Services['versions'];

  constructor(
    private readonly settings: Settings,
    readonly network: string,
    private readonly brokerServer: Broker,
    private readonly redisServer: RedisServer,
  ) {
    this.redisUrl = 'givenUrl' in redisServer ? redisServer.givenUrl : redisServer.url;
    this.versions = { broker: brokerServer.version, redis: redisServer.version };
  }

  get broker(): PrivateBroker | undefined {
    return 'givenUrl' in this.brokerServer ? undefined : this.brokerServer;
  }

  get redis(): PrivateServer | undefined {
    return 'givenUrl' in this.redisServer ? undefined : this.redisServer;
  }

  get adminUrl(): string | undefined {
    return this.broker?.adminUrl;
  }

  get adminLogin(): { user: string; password: string } | undefined {
    return this.broker === undefined ? undefined : { user: 'admin', password: this.broker.passwords.admin };
  }

  amqpUrl(role: BrokerRole): string {
    return 'givenUrl' in this.brokerServer ? this.brokerServer.givenUrl : this.brokerServer.amqpUrl(role);
  }

  async limitTopics(network: string): Promise<void> {
    const { adminUrl, adminLogin } = this;
    if (adminUrl === undefined || adminLogin === undefined) return;
    await new AdminApi(adminUrl, adminLogin).limitTopics(network);
  }

  async stop(): Promise<void> {
    const { given } = this.settings;
    await Promise.allSettled([
      ...(given.amqpUrl === undefined ? [] : [leaveBroker(given.amqpUrl, this.network)]),
      ...(given.redisUrl === undefined ? [] : [leaveRedis(given.redisUrl, this.network)]),
    ]);
    await Promise.allSettled([this.broker?.kill(), this.redis?.kill()]);
  }
}
