import { DEFAULT_NETWORK } from '#contracts';
import { definitionsOf, type Definitions } from '../services/definitions.js';
import { BROKER_ROLES, type BrokerRole } from '../services/roles.js';

/** The variable that docker-compose.yml reads the password of a role from, and what it is without. */
export const passwordVariable = (role: BrokerRole): string => `SHOAL_${role.toUpperCase()}_PASSWORD`;
export const defaultPassword = (role: BrokerRole): string => `${role}-local`;

export const dockerDefinitions = (environment: NodeJS.ProcessEnv, salt: () => Buffer): Definitions => {
  const passwords = Object.fromEntries(
    BROKER_ROLES.map((role) => [role, environment[passwordVariable(role)] || defaultPassword(role)]),
  ) as Record<BrokerRole, string>;
  return definitionsOf({ passwords, salt, networkPattern: DEFAULT_NETWORK, networks: [DEFAULT_NETWORK] });
};
