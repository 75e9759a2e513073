import { delimiter } from 'node:path';
import type { Services } from '../services/services.js';

/** What the processes of Shoal read from their environment. Variables of the caller that would mislead them go. */
type Environment = Record<string, string | undefined>;

const CLEAN: Environment = {
  AMQP_URL: undefined,
  REDIS_URL: undefined,
  ANCHORS: undefined,
  ANCHOR_NAME: undefined,
  PEER_NAME: undefined,
  PEER_LISTEN: undefined,
  PEER_ADVERTISE: undefined,
  PEER_ROOTS: undefined,
  PEER_DATA: undefined,
  PEER_LABELS: undefined,
  PEER_COMMANDS: undefined,
  PEER_STORAGE_MAX: undefined,
  MAX_UP: undefined,
  MAX_DOWN: undefined,
  SHOAL_PEER_SOCKET: undefined,
  // They end by themselves, too, when the process that started them goes.
  SHOAL_PARENT_PIPE: '1',
};

export interface Common {
  readonly services: Services;
  readonly network: string;
  readonly anchors: readonly string[];
  readonly logLevel: string;
}

/** The list of anchors for one broker user. On one machine every anchor is behind the same broker. */
export const anchorList = (
  { services, anchors }: Pick<Common, 'services' | 'anchors'>,
  role: 'peer' | 'operator',
): string => anchors.map((name) => `${name}=${services.amqpUrl(role)}`).join(',');

export const anchorEnvironment = (common: Common, anchor: string): Environment => ({
  ...CLEAN,
  AMQP_URL: common.services.amqpUrl('anchor'),
  REDIS_URL: common.services.redisUrl,
  ANCHOR_NAME: anchor,
  SHOAL_NETWORK: common.network,
  LOG_LEVEL: common.logLevel,
  HEALTH_PORT: '0',
});

export interface PeerPlan {
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** `host:port`; a free port of the loopback address when left out. */
  readonly listen?: string;
  /** Folders that it may serve from and write to; one of its own when left out. */
  readonly roots?: readonly string[];
  readonly dataFolder?: string;
  /** Words before the command, for example `ip netns exec NAME`. */
  readonly within?: readonly string[];
  /** More variables, for example MAX_UP. */
  readonly environment?: Readonly<Record<string, string>>;
}

export interface PeerFolders {
  readonly dataFolder: string;
  readonly roots: readonly string[];
}

export const peerEnvironment = (common: Common, plan: PeerPlan, folders: PeerFolders): Environment => ({
  ...CLEAN,
  ANCHORS: anchorList(common, 'peer'),
  SHOAL_NETWORK: common.network,
  LOG_LEVEL: common.logLevel,
  PEER_NAME: plan.name,
  PEER_LISTEN: plan.listen ?? '127.0.0.1:0',
  PEER_ROOTS: folders.roots.join(delimiter),
  PEER_DATA: folders.dataFolder,
  PEER_LABELS: Object.entries(plan.labels ?? {})
    .map(([key, value]) => `${key}=${value}`)
    .join(','),
  HEALTH_PORT: '0',
  ...plan.environment,
});

export const consoleEnvironment = (common: Common, port: number): Environment => ({
  ...CLEAN,
  ANCHORS: anchorList(common, 'operator'),
  AMQP_URL: common.services.amqpUrl('operator'),
  REDIS_URL: common.services.redisUrl,
  SHOAL_NETWORK: common.network,
  LOG_LEVEL: common.logLevel,
  CONSOLE_LISTEN: `127.0.0.1:${port}`,
});

/** For `shoal` run against this network. */
export const cliEnvironment = (common: Common): Environment => ({
  ...CLEAN,
  SHOAL_PARENT_PIPE: undefined,
  ANCHORS: anchorList(common, 'operator'),
  SHOAL_NETWORK: common.network,
});
