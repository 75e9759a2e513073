import { describe, expect, it } from '@jest/globals';
import { definitionsOf, passwordHash } from './definitions.js';
import { BROKER_ROLES } from './roles.js';

describe('passwordHash', () => {
  it('is what RabbitMQ computes (the example of its documentation)', () => {
    expect(passwordHash('test12', Buffer.from('908DC60A', 'hex'))).toBe(
      'kI3GCqW5JLMJa4iX1lo7X4D6XbYqlLgxIs30+P6tENUV2POR',
    );
  });
});

describe('definitionsOf', () => {
  const passwords = { anchor: 'a1', peer: 'p1', operator: 'o1', publisher: 'u1', admin: 'd1' };
  const definitions = definitionsOf({
    passwords,
    salt: () => Buffer.alloc(4, 7),
    networkPattern: 'net',
    networks: ['net'],
  });

  it('has every role as a user, and no guest', () => {
    expect(definitions.users.map(({ name }) => name)).toEqual([...BROKER_ROLES]);
  });

  it('lets only the administrator administrate', () => {
    expect(definitions.users.filter(({ tags }) => tags !== '').map(({ name }) => name)).toEqual(['admin']);
  });

  it('shows no password', () => {
    const text = JSON.stringify(definitions);
    for (const password of Object.values(passwords)) expect(text).not.toContain(`"${password}"`);
  });

  it('limits topics on the exchanges of the network', () => {
    expect(definitions.topic_permissions).toContainEqual({
      user: 'publisher',
      vhost: '/',
      exchange: 'net.requests',
      write: '^transfer\\.download$',
      read: '^$',
    });
  });
});
