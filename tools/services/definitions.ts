import { createHash } from 'node:crypto';
import { BROKER_ROLES, permissionsOf, topicPermissionsOf, type BrokerRole } from './roles.js';

export const VHOST = '/';

export interface UserDefinition {
  readonly name: string;
  readonly password_hash: string;
  readonly hashing_algorithm: 'rabbit_password_hashing_sha256';
  readonly tags: string;
}

/** What RabbitMQ imports when it starts (3.10 and 4.x read the same). */
export interface Definitions {
  readonly users: readonly UserDefinition[];
  readonly vhosts: readonly { readonly name: string }[];
  readonly permissions: readonly object[];
  readonly topic_permissions: readonly object[];
}

/** RabbitMQ's salted SHA-256: base64 of the 4 salt bytes and the digest over salt and password. */
export const passwordHash = (password: string, salt: Buffer): string => {
  const digest = createHash('sha256').update(salt).update(password, 'utf8').digest();
  return Buffer.concat([salt, digest]).toString('base64');
};

export interface DefinitionsInput {
  readonly passwords: Readonly<Record<BrokerRole, string>>;
  readonly salt: () => Buffer;
  /** Part of a regular expression: which networks the roles may touch. */
  readonly networkPattern: string;
  /** Networks whose routing keys are limited, too. */
  readonly networks: readonly string[];
}

export const definitionsOf = (input: DefinitionsInput): Definitions => ({
  users: BROKER_ROLES.map((name) => ({
    name,
    password_hash: passwordHash(input.passwords[name], input.salt()),
    hashing_algorithm: 'rabbit_password_hashing_sha256',
    tags: name === 'admin' ? 'administrator' : '',
  })),
  vhosts: [{ name: VHOST }],
  permissions: BROKER_ROLES.map((user) => ({
    user,
    vhost: VHOST,
    ...permissionsOf(user, input.networkPattern),
  })),
  topic_permissions: input.networks.flatMap((network) =>
    BROKER_ROLES.flatMap((user) =>
      topicPermissionsOf(user, network).map((limits) => ({ user, vhost: VHOST, ...limits })),
    ),
  ),
});
