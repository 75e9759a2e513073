import type { AdminLogin } from './admin-api.js';
import type { PrivateServer } from './private-server.js';
import type { BrokerRole } from './roles.js';

/** A broker and a Redis to work with, wherever they came from. */
export interface Services {
  /** The network to use when nothing else is said: unique on servers that others use too. */
  readonly network: string;
  readonly redisUrl: string;
  readonly versions: { readonly broker: string; readonly redis: string };
  /** Only for a broker of the run's own. */
  readonly adminUrl?: string;
  readonly adminLogin?: AdminLogin;
  /** Only for servers of the run's own. */
  readonly broker?: PrivateServer;
  readonly redis?: PrivateServer;
  /** A given broker has one URL for every role. */
  amqpUrl(role: BrokerRole): string;
  /** Makes the roles' limits on routing keys hold for one more network. Does nothing on a given broker. */
  limitTopics(network: string): Promise<void>;
  /** Removes what was left on given servers; servers of the run's own end with the run. */
  stop(): Promise<void>;
}
