import { ShoalError } from '#core';
import { BROKER_ROLES, type BrokerRole } from './roles.js';
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

/** The other side of `testEnvironment`. */
export interface TestServices {
  readonly redisUrl: string;
  readonly admin?: { readonly url: string; readonly user: string; readonly password: string };
  amqpUrl(role: BrokerRole): string;
}

const required = (environment: NodeJS.ProcessEnv, name: string): string => {
  const value = environment[name];
  if (value !== undefined && value !== '') return value;
  throw new ShoalError('bad-config', `${name} is not set: this test needs real servers`, {
    hint: 'Run it by `npm test -- integration <path>`, which starts them and hands them over.',
  });
};

/** The servers that this test run may use. @throws ShoalError `bad-config` when none were handed over */
export const testServices = (environment: NodeJS.ProcessEnv = process.env): TestServices => {
  const url = environment['SHOAL_TEST_ADMIN_URL'];
  return {
    redisUrl: required(environment, 'SHOAL_TEST_REDIS_URL'),
    amqpUrl: (role) => required(environment, amqpVariable(role)),
    ...(url === undefined
      ? {}
      : {
          admin: {
            url,
            user: required(environment, 'SHOAL_TEST_ADMIN_USER'),
            password: required(environment, 'SHOAL_TEST_ADMIN_PASSWORD'),
          },
        }),
  };
};
