import { beforeEach, describe, expect, it } from '@jest/globals';
import { seededRandom, ShoalError } from '#core';
import type { ReplyBody } from '#contracts';
import { joinOrder } from './anchor-order.js';
import { Membership } from './membership.js';
import { ManualTime, PEER, settle } from './test-support/doubles.js';

const ADDRESS = { host: '127.0.0.1', port: 7_000 };
const reply = (anchor: string, clusterName = 'c1'): ReplyBody<'connection.join'> => ({
  anchor,
  registry: 'r1',
  clusterName,
  leaseSeconds: 300,
  acknowledgeIntervalMs: 100,
  reachable: true,
  peers: [],
});
const silence = (): never => {
  throw new ShoalError('unroutable', 'nobody listens', { retry: 'permanent' });
};

describe('membership', () => {
  let time: ManualTime;
  let asked: (string | undefined)[];
  let answer: (anchor: string | undefined) => ReplyBody<'connection.join'>;
  let joined: string[];
  let failures: ShoalError[];
  let leases: number;
  let membership: Membership;

  beforeEach(() => {
    time = new ManualTime();
    asked = [];
    joined = [];
    failures = [];
    leases = 0;
    answer = (anchor) => reply(anchor ?? 'server9');
    membership = new Membership(
      {
        peerId: PEER,
        publicKey: 'k'.repeat(44),
        name: 'host1',
        labels: {},
        networkId: 'shoal',
        software: '0',
        protocol: 1,
        anchors: ['server1', 'server2', 'server3'],
      },
      async (anchor) => {
        asked.push(anchor);
        return answer(anchor);
      },
      {
        joined: (it, incarnation) => joined.push(`${it.anchor}/${incarnation}`),
        joinFailed: (error) => failures.push(error as ShoalError),
        leaseDue: () => leases++,
      },
      time,
      seededRandom(1),
    );
  });

  it('joins through the first anchor of its list', async () => {
    membership.connected(5, ADDRESS);
    await settle();
    expect(asked).toEqual(['server1']);
    expect(joined).toEqual(['server1/5']);
    expect(membership.anchor).toBe('server1');
  });

  it('goes on to the others, then to any, when an anchor is silent', async () => {
    answer = (anchor) => (anchor === undefined ? reply('server9') : silence());
    membership.connected(5, ADDRESS);
    await settle();
    expect(asked[0]).toBe('server1');
    expect([...asked.slice(1, 3)].sort()).toEqual(['server2', 'server3']);
    expect(asked[3]).toBeUndefined();
    expect(joined).toEqual(['server9/5']);
  });

  it('asks nobody else after a refusal', async () => {
    answer = () => {
      throw new ShoalError('wrong-network', 'not here');
    };
    membership.connected(5, ADDRESS);
    await settle();
    expect(asked).toEqual(['server1']);
    expect(failures[0]?.code).toBe('wrong-network');
  });

  it('tries again, later each time, until somebody answers', async () => {
    answer = silence;
    membership.connected(5, ADDRESS);
    await settle();
    expect(failures.map(({ code }) => code)).toEqual(['no-anchor']);
    await time.advance(10_000);
    expect(failures.length).toBeGreaterThan(2);
    answer = (anchor) => reply(anchor ?? 'server9');
    await time.advance(20_000);
    expect(joined).toEqual(['server1/5']);
  });

  it('refuses anchors of two clusters', async () => {
    membership.connected(5, ADDRESS);
    await settle();
    answer = (anchor) => reply(anchor ?? 'server9', 'c2');
    membership.connected(6, ADDRESS);
    await settle();
    expect(failures[0]?.code).toBe('wrong-network');
    expect(membership.anchor).toBeUndefined();
  });

  it('keeps the lease while the connection lasts', async () => {
    membership.connected(5, ADDRESS);
    await time.advance(1_000_000);
    expect(leases).toBeGreaterThanOrEqual(3);
    membership.disconnected();
    const before = leases;
    await time.advance(1_000_000);
    expect(leases).toBe(before);
  });

  it('forgets an answer that comes after the connection was lost', async () => {
    let release: (() => void) | undefined;
    const late = new Membership(
      { ...membershipSettings() },
      () => new Promise((resolve) => (release = () => resolve(reply('server1')))),
      { joined: (it) => joined.push(it.anchor), joinFailed: () => undefined, leaseDue: () => undefined },
      time,
      seededRandom(1),
    );
    late.connected(5, ADDRESS);
    await settle();
    late.disconnected();
    release?.();
    await settle();
    expect(joined).toEqual([]);
  });
});

const membershipSettings = () => ({
  peerId: PEER,
  publicKey: 'k'.repeat(44),
  name: 'host1',
  labels: {},
  networkId: 'shoal',
  software: '0',
  protocol: 1,
  anchors: ['server1'],
});

describe('join order', () => {
  it('keeps the first and shuffles the rest', () => {
    const seconds = new Set(
      Array.from({ length: 50 }, (_, seed) => joinOrder(['a', 'b', 'c', 'd'], seededRandom(seed))).map(
        (order) => {
          expect(order[0]).toBe('a');
          expect([...order].sort()).toEqual(['a', 'b', 'c', 'd']);
          return order[1];
        },
      ),
    );
    expect(seconds.size).toBe(3);
    expect(joinOrder([], seededRandom(1))).toEqual([]);
  });
});
