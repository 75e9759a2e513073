import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ShoalError } from '#core';
import type { BrokerFacts } from '#platform/broker';
import { PROTOCOL_VERSION } from '#wire';
import { fakeBroker } from '../test-support/fake-broker.js';
import { fakeControl, json, statusOf, type FakeControl } from '../test-support/fake-control.js';
import { testContext } from '../test-support/test-context.js';
import { run } from '../run.js';
import { software } from '../version.js';

const NOW = 1_000_000;
const healthy: BrokerFacts = {
  ...{ product: 'RabbitMQ', version: '3.10.8', clusterName: 'rabbit@h', roundTripMs: 1 },
  ...{ hasNetwork: true, hasEvents: true, deadLetters: 0, unrouted: 0, missingRights: [] },
};
const anchorReply = {
  ...{ anchor: 'server1', software: software(), protocol: PROTOCOL_VERSION, now: NOW, presenceEvents: true },
  redis: { version: '7.0.15', appendOnly: true, pingMs: 1 },
};

interface World {
  readonly broker?: Partial<BrokerFacts> | ShoalError;
  readonly check?: object | Error;
  readonly status?: object;
  readonly search?: object | Error;
}

describe('shoal doctor', () => {
  let folder: string;
  let daemon: FakeControl | undefined;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'shoal-doctor-'));
  });
  afterEach(async () => {
    await daemon?.close();
    daemon = undefined;
    rmSync(folder, { recursive: true });
  });

  const doctor = async (
    world: World = {},
    env: Record<string, string> = { ANCHORS: 'server1=amqp://u:secret@h' },
  ) => {
    const { broker = {}, check = {}, search = { files: [] } } = world;
    const merged = check instanceof Error ? check : { ...anchorReply, ...check };
    const fake = fakeBroker({
      'connection.check': ({ dial }: { dial?: string }) =>
        merged instanceof Error
          ? merged
          : { ...merged, ...(dial === undefined ? {} : { dialled: 'same', ...check }) },
      'manifest.search': () => search,
      'transfer.status': () => new ShoalError('not-found', 'no such distribution'),
    });
    if (world.status !== undefined) {
      const status = statusOf({ enginePid: 7, roots: [folder], dataFolder: folder, ...world.status });
      daemon = await fakeControl((_request, response) => json(response, status));
    }
    const context = testContext({
      env: {
        ...{ HOME: folder, SHOAL_ADMIN_URL: 'http://127.0.0.1:9/' },
        ...env,
        ...(daemon === undefined ? {} : { SHOAL_PEER_SOCKET: daemon.socketPath }),
      },
      now: () => NOW,
      broker: () => fake.broker,
      inspectBroker: () =>
        broker instanceof ShoalError ? Promise.reject(broker) : Promise.resolve({ ...healthy, ...broker }),
    });
    return { code: await run(['doctor'], context), ...context.output };
  };
  const lineOf = (stdout: string, level: string): string[] =>
    stdout.split('\n').filter((line) => line.startsWith(level));

  it('finds nothing wrong in a healthy network', async () => {
    const { code, stdout } = await doctor({ status: {} });
    expect(lineOf(stdout, 'FAIL')).toEqual([]);
    // Nothing answers on port 9; a disk of a test machine may be small.
    expect(lineOf(stdout, 'WARN').filter((line) => !/admin page|are free/.test(line))).toEqual([]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/OK {4}broker: RabbitMQ 3\.10\.8, cluster rabbit@h, at amqp:\/\/h\n/);
    expect(stdout).toMatch(/OK {4}redis of server1: Redis 7\.0\.15\n/);
    expect(stdout).toMatch(/OK {4}peer host1: chunk port: 127\.0\.0\.1:4000 answers/);
    expect(stdout).not.toContain('secret');
  });

  it.each<[string, World, RegExp, RegExp]>([
    [
      'a broker that is away',
      { broker: new ShoalError('broker-away', 'refused') },
      /broker: refused/,
      /Start RabbitMQ/,
    ],
    ['an old broker', { broker: { version: '3.8.9' } }, /broker: RabbitMQ 3\.8\.9/, /3\.10 or newer/],
    ['no anchor ever', { broker: { hasNetwork: false } }, /queues: no anchor/, /shoal anchor/],
    ['rights', { broker: { missingRights: ['"read" on x'] } }, /rights: .* no "read" on x/, /operator/],
    ['a silent anchor', { check: new ShoalError('timeout', 'late') }, /anchor server1: /, /Start it with/],
    ['another protocol', { check: { protocol: 99 } }, /version 99 of the chunk protocol/, /same version/],
    ['an old Redis', { check: { redis: { version: '6.2.1', pingMs: 1 } } }, /Redis 6\.2\.1/, /7\.0 or newer/],
    ['a wrong clock', { check: { now: NOW - 90_000 } }, /1m 30s behind this machine/, /time service/],
    [
      'no manifest process',
      { search: new ShoalError('timeout', 'late') },
      /manifest process: /,
      /manifest process/,
    ],
    [
      'a closed chunk port',
      { status: {}, check: { dialled: 'gone' } },
      /chunk port: nobody answers/,
      /firewall/,
    ],
    [
      'a peer without broker',
      { status: { connected: false } },
      /no connection to the broker/,
      /shoal logs --peer host1/,
    ],
    ['a peer without engine', { status: { enginePid: undefined } }, /engine process is down/, /shoal logs/],
    ['a root that is gone', { status: { roots: ['/nowhere/x'] } }, /\/nowhere\/x: ENOENT/, /Make it/],
  ])('fails for %s, and says how to mend it', async (_what, world, text, mend) => {
    const { code, stdout } = await doctor(world);
    expect(code).toBe(1);
    const at = stdout.split('\n').findIndex((line) => line.startsWith('FAIL') && text.test(line));
    expect({ stdout, at }).toEqual({ stdout, at: expect.any(Number) });
    expect(at).toBeGreaterThanOrEqual(0);
    expect(stdout.split('\n')[at + 1]).toMatch(mend);
  });

  it.each<[string, World, RegExp]>([
    ['no event exchange', { broker: { hasEvents: false } }, /event exchange: /],
    ['dead letters', { broker: { deadLetters: 3 } }, /dead letters: 3 /],
    ['unrouted messages', { broker: { unrouted: 2 } }, /unrouted: 2 /],
    [
      'a Redis that forgets',
      { check: { redis: { version: '7.2.0', appendOnly: false, pingMs: 1 } } },
      /append-only/,
    ],
    ['a slow Redis', { check: { redis: { pingMs: 90 } } }, /round trip takes 90 ms/],
    [
      'an anchor of another version',
      { check: { software: 'shoal 0.0.1' } },
      /anchor server1: runs shoal 0\.0\.1/,
    ],
    ['a clock that is off', { check: { now: NOW + 3_000 } }, /3\.0 s ahead of this machine/],
    ['a peer of another version', { status: { software: 'shoal 0.0.1' } }, /peer host1: runs shoal 0\.0\.1/],
  ])('warns of %s and does not fail', async (_what, world, text) => {
    const { code, stdout } = await doctor(world);
    expect(lineOf(stdout, 'WARN').some((line) => text.test(line))).toBe(true);
    expect(code).toBe(0);
  });

  it('fails where no network is known, but looks at what is here', async () => {
    const { code, stdout } = await doctor({ status: {} }, {});
    expect(code).toBe(1);
    expect(stdout).toMatch(/FAIL {2}network: no network is known here/);
    expect(stdout).toMatch(/OK {4}peer host1: engine: pid 7/);
  });

  it('goes on when one of two anchors is silent', async () => {
    const fake = { ANCHORS: 'server1=amqp://h,server2=amqp://h' };
    const { stdout, code } = await doctor({}, fake);
    expect(code).toBe(0);
    expect(lineOf(stdout, 'OK').filter((line) => /anchor server1: answers/.test(line))).toHaveLength(2);
  });
});
