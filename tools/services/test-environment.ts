import { ShoalError } from '#core';
import { BROKER_ROLES, type BrokerRole } from './roles.js';
import { AdminApi, type AdminLogin } from './admin-api.js';
import type { Services } from './services.js';

/**
 * How `npm test` hands its servers to the test runs. Every spec file uses networks of its own on them (`uniqueNetwork`).
 *
 * SHOAL_TEST_AMQP_URL_<ROLE>  the broker for ANCHOR, PEER, OPERATOR, PUBLISHER, ADMIN
 * SHOAL_TEST_REDIS_URL        Redis
 * SHOAL_TEST_ADMIN_URL, _USER, _PASSWORD   RabbitMQ's management API; not set on a broker that was given by AMQP_URL
 */
export const testEnvironment = (services: Services): Record<string, string> => ({
  ...Object.fromEntries(BROKER_ROLES.map((role) => [amqpVariable(role), services.amqpUrl(role)])),
  SHOAL_TEST_REDIS_URL: services.redisUrl,
  ...(services.adminUrl === undefined || services.adminLogin === undefined
    ? {}
    : {
        SHOAL_TEST_ADMIN_URL: services.adminUrl,
        SHOAL_TEST_ADMIN_USER: services.adminLogin.user,
        SHOAL_TEST_ADMIN_PASSWORD: services.adminLogin.password,
      }),
});

const amqpVariable = (role: BrokerRole): string => `SHOAL_TEST_AMQP_URL_${role.toUpperCase()}`;

const required = (environment: NodeJS.ProcessEnv, name: string): string => {
  const value = environment[name];
  if (value !== undefined && value !== '') return value;
  throw new ShoalError('bad-config', `${name} is not set: this test needs real servers`, {
    hint: 'Run it by `npm test -- integration <path>`, which starts them and hands them over.',
  });
};

const adminOf = (environment: NodeJS.ProcessEnv): { url: string; login: AdminLogin } | undefined => {
  const url = environment['SHOAL_TEST_ADMIN_URL'];
  if (url === undefined || url === '') return undefined;
  const user = required(environment, 'SHOAL_TEST_ADMIN_USER');
  return { url, login: { user, password: required(environment, 'SHOAL_TEST_ADMIN_PASSWORD') } };
};

/**
 * The servers that were handed to this test run: the other side of `testEnvironment`. Use networks of your own on them.
 * @throws ShoalError `bad-config` when none were handed over
 */
export const testServices = (environment: NodeJS.ProcessEnv = process.env): Services => {
  const admin = adminOf(environment);
  const redisUrl = required(environment, 'SHOAL_TEST_REDIS_URL');
  return {
    network: 'test',
    redisUrl,
    versions: { broker: 'unknown', redis: 'unknown' },
    ...(admin === undefined ? {} : { adminUrl: admin.url, adminLogin: admin.login }),
    amqpUrl: (role) => required(environment, amqpVariable(role)),
    limitTopics: async (network) => {
      if (admin !== undefined) await new AdminApi(admin.url, admin.login).limitTopics(network);
    },
    stop: () => Promise.resolve(),
  };
};
