import { join } from 'node:path';

export interface RabbitmqPlan {
  readonly runId: string;
  /** A folder of the broker's own. */
  readonly folder: string;
  readonly ports: {
    readonly amqp: number;
    readonly management: number;
    readonly distribution: number;
    readonly epmd: number;
  };
  /** Addresses besides loopback on which clients reach it, at the same port. */
  readonly listen?: readonly string[];
  /** Off, its admin page knows no rates, and thousands of clients cost it half as much (docs/OPERATIONS.md). */
  readonly statistics?: boolean;
}

export const LOOPBACK = '127.0.0.1';

export const filesOf = ({ folder }: RabbitmqPlan) => ({
  config: join(folder, 'rabbitmq.conf'),
  plugins: join(folder, 'enabled_plugins'),
  definitions: join(folder, 'definitions.json'),
  cookie: join(folder, 'home', '.erlang.cookie'),
  home: join(folder, 'home'),
});

/** The Prometheus plugin stays off: it would open a port on all addresses. */
export const ENABLED_PLUGINS = '[rabbitmq_management,rabbitmq_event_exchange].\n';

export const configText = (plan: RabbitmqPlan): string =>
  [
    ...[LOOPBACK, ...(plan.listen ?? [])].map(
      (address, at) => `listeners.tcp.${at + 1} = ${address}:${plan.ports.amqp}`,
    ),
    `management.tcp.ip = ${LOOPBACK}`,
    `management.tcp.port = ${plan.ports.management}`,
    ...(plan.statistics === false ? ['management_agent.disable_metrics_collector = true'] : []),
    `load_definitions = ${filesOf(plan).definitions}`,
    `cluster_name = shoal-${plan.runId}`,
    'log.console = true',
    'log.file = false',
    '',
  ].join('\n');

const inherited = (environment: NodeJS.ProcessEnv): Record<string, undefined> =>
  Object.fromEntries(
    Object.keys(environment)
      .filter((name) => /^(RABBITMQ|ERL|EPMD)_/.test(name) || name === 'NOTIFY_SOCKET')
      .map((name) => [name, undefined]),
  );

/** Everything that a broker shares with others by default is its own here; settings of the machine's broker are left out. */
export const environmentOf = (
  plan: RabbitmqPlan,
  environment: NodeJS.ProcessEnv = process.env,
): Record<string, string | undefined> => ({
  ...inherited(environment),
  HOME: filesOf(plan).home,
  LC_ALL: 'C.UTF-8',
  // The start script then becomes the broker instead of staying its parent.
  RUNNING_UNDER_SYSTEMD: 'true',
  ERL_EPMD_PORT: String(plan.ports.epmd),
  ERL_EPMD_ADDRESS: LOOPBACK,
  ERL_CRASH_DUMP_SECONDS: '0',
  // An address for a name: not every machine can resolve "localhost".
  RABBITMQ_NODENAME: `shoal-${plan.runId}@${LOOPBACK}`,
  RABBITMQ_USE_LONGNAME: 'true',
  RABBITMQ_DIST_PORT: String(plan.ports.distribution),
  RABBITMQ_CONF_ENV_FILE: '/dev/null',
  RABBITMQ_CONFIG_FILE: filesOf(plan).config,
  RABBITMQ_ADVANCED_CONFIG_FILE: join(plan.folder, 'advanced.config'),
  RABBITMQ_ENABLED_PLUGINS_FILE: filesOf(plan).plugins,
  RABBITMQ_GENERATED_CONFIG_DIR: join(plan.folder, 'generated'),
  RABBITMQ_MNESIA_BASE: join(plan.folder, 'data'),
  RABBITMQ_LOG_BASE: join(plan.folder, 'log'),
  RABBITMQ_PID_FILE: join(plan.folder, 'pid'),
  RABBITMQ_FEATURE_FLAGS_FILE: join(plan.folder, 'feature_flags'),
  RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1}',
});
