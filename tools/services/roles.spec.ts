import { describe, expect, it } from '@jest/globals';
import { topologyOf } from '#contracts';
import {
  ANY_NETWORK,
  permissionsOf,
  topicPermissionsOf,
  type BrokerRole,
  type Permissions,
} from './roles.js';

const INBOX = `peer.${'a'.repeat(40)}.1`;
const { exchanges, queues } = topologyOf('my-net');

const may = (role: BrokerRole, right: keyof Permissions, name: string, network = 'my-net'): boolean =>
  new RegExp(permissionsOf(role, network)[right]).test(name);

describe('permissionsOf', () => {
  it('lets an anchor do everything on its network, answer, and hear of deleted queues', () => {
    for (const name of [...Object.values(exchanges), ...Object.values(queues).map((queue) => queue.name)]) {
      for (const right of ['configure', 'write', 'read'] as const)
        expect(may('anchor', right, name)).toBe(true);
    }
    expect(may('anchor', 'write', 'amq.default')).toBe(true);
    expect(may('anchor', 'read', 'amq.rabbitmq.event')).toBe(true);
    expect(may('anchor', 'configure', INBOX)).toBe(false);
  });

  it('lets a peer have inboxes, ask, and tell facts', () => {
    for (const right of ['configure', 'write', 'read'] as const) expect(may('peer', right, INBOX)).toBe(true);
    expect(may('peer', 'write', exchanges.requests)).toBe(true);
    expect(may('peer', 'write', exchanges.events)).toBe(true);
    expect(may('peer', 'write', exchanges.dead)).toBe(true);
    expect(may('peer', 'read', exchanges.events)).toBe(true);
  });

  it('keeps a peer from shared queues, the default exchange and topology', () => {
    expect(may('peer', 'read', queues.connection.name)).toBe(false);
    expect(may('peer', 'read', exchanges.requests)).toBe(false);
    expect(may('peer', 'write', 'amq.default')).toBe(false);
    expect(may('peer', 'configure', exchanges.requests)).toBe(false);
    expect(may('peer', 'read', exchanges.dead)).toBe(false);
  });

  it('lets an outside publisher do one thing', () => {
    expect(may('publisher', 'write', exchanges.requests)).toBe(true);
    expect(may('publisher', 'write', exchanges.events)).toBe(false);
    expect(may('publisher', 'configure', 'x')).toBe(false);
    expect(may('publisher', 'read', exchanges.events)).toBe(false);
  });

  it.each(['anchor', 'peer', 'operator', 'publisher'] as const)('keeps %s out of other networks', (role) => {
    for (const name of ['other.requests', 'my-net2.requests', 'x.my-net.requests', 'my.requests']) {
      expect(may(role, 'write', name)).toBe(false);
    }
  });

  it('can mean networks of any name', () => {
    expect(may('peer', 'write', 'test-1f.requests', ANY_NETWORK)).toBe(true);
    expect(may('peer', 'write', 'amq.default', ANY_NETWORK)).toBe(false);
  });
});

describe('topicPermissionsOf', () => {
  const mayWrite = (role: BrokerRole, exchange: string, key: string): boolean =>
    topicPermissionsOf(role, 'my-net')
      .filter((limits) => limits.exchange === exchange)
      .every(({ write }) => new RegExp(write).test(key));

  it('has a peer end its keys with a peer id', () => {
    expect(mayWrite('peer', exchanges.requests, `chunk.acknowledged.${'a'.repeat(40)}`)).toBe(true);
    expect(mayWrite('peer', exchanges.requests, `manifest.unpublish.${'a'.repeat(40)}`)).toBe(false);
    expect(mayWrite('operator', exchanges.requests, 'manifest.unpublish.cli')).toBe(true);
    expect(mayWrite('peer', exchanges.requests, 'chunk.acknowledged.cli')).toBe(false);
  });

  it('opens only the public door to a publisher', () => {
    expect(mayWrite('publisher', exchanges.requests, 'transfer.download')).toBe(true);
    expect(mayWrite('publisher', exchanges.requests, 'transfer.cancel')).toBe(false);
    expect(mayWrite('publisher', exchanges.requests, 'transfer.store')).toBe(false);
    expect(mayWrite('publisher', exchanges.requests, 'connection.join.cli')).toBe(false);
  });
});
