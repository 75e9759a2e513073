import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ShoalError } from '#core';
import { fakeBroker } from '../test-support/fake-broker.js';
import { fakeControl, json, statusOf, type FakeControl } from '../test-support/fake-control.js';
import { testContext, type TestContext } from '../test-support/test-context.js';
import { run } from '../run.js';

const PROGRAM = fileURLToPath(new URL('../test-support/fake-peer.mjs', import.meta.url));

describe('publish and get', () => {
  let folder: string;
  let daemon: FakeControl | undefined;
  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'shoal-cmd-')));
  });
  afterEach(async () => {
    await daemon?.close();
    daemon = undefined;
    rmSync(folder, { recursive: true });
  });
  const context = (fake = '', env: Record<string, string> = {}): TestContext =>
    testContext({
      cwd: folder,
      env: {
        ...process.env,
        XDG_DATA_HOME: join(folder, 'xdg'),
        ANCHORS: 'server1=amqp://h',
        AMQP_URL: undefined,
        FAKE_PEER: fake,
        ...env,
      },
      peerProgram: PROGRAM,
      broker: () => fakeBroker({}).broker,
    });
  const linesOf = ({ output }: TestContext): { event: string }[] =>
    output.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { event: string });

  it('downloads with a one-shot peer where there is no daemon, and checks the file', async () => {
    const world = context();
    expect(await run(['get', 'music.txt', '--check', '--json'], world)).toBe(0);
    expect(linesOf(world).map(({ event }) => event)).toEqual(['started', 'done', 'checked']);
    expect(readFileSync(join(folder, 'music.txt'), 'utf8')).toBe('whole');
    expect(world.output.stderr).toBe('');
  });

  it('writes into a folder under the published name, or where -o says', async () => {
    mkdirSync(join(folder, 'sub'));
    expect(await run(['get', 'music.txt', '-o', 'sub'], context())).toBe(0);
    expect(await run(['get', 'music.txt', '-o', 'other.txt'], context())).toBe(0);
    expect(existsSync(join(folder, 'sub', 'music.txt')) && existsSync(join(folder, 'other.txt'))).toBe(true);
    expect(await run(['get', 'music.txt', '-o', 'missing/x'], context())).toBe(3);
  });

  it('ends with 130 and keeps the parts when it is interrupted', async () => {
    const world = context('hangs');
    const running = run(['get', 'music.txt'], {
      ...world,
      stdout: {
        write: (text: string) => {
          if (text.includes('in 1 chunk')) world.interrupt();
        },
      },
    });
    expect(await running).toBe(130);
    expect(world.output.stderr).toMatch(/^error: interrupted\nhint: What was downloaded is kept/);
  });

  it('stays with --seed and with publish until it is interrupted, and ends well', async () => {
    writeFileSync(join(folder, 'own.txt'), 'x');
    for (const args of [
      ['get', 'music.txt', '--seed', '--json'],
      ['publish', 'own.txt', '--json'],
    ]) {
      const world = context('unreachable');
      const stderr = { write: (text: string) => text.includes('cannot reach') && world.interrupt() };
      expect(await run(args, { ...world, stderr })).toBe(0);
      expect(linesOf(world).at(-1)).toMatchObject({ event: 'serving', file: 'music.txt@1' });
    }
  });

  it('uses the daemon whose roots hold the file, limits its uploads for the time, and leaves it running', async () => {
    daemon = await fakeControl(({ path }, response) => {
      if (path === '/v1/status') return json(response, statusOf({ roots: [folder], upRate: 7 }));
      if (path === '/v1/limits') return json(response, {});
      const error = { code: 'target-exists', message: 'it is there', retry: 'permanent' };
      response.end(`${JSON.stringify({ event: 'failed', error })}\n`);
    });
    const world = context('', { SHOAL_PEER_SOCKET: daemon.socketPath });
    expect(await run(['get', 'music.txt', '--max-up', '1KiB', '--timeout', '5s'], world)).toBe(6);
    expect(daemon.requests.filter(({ path }) => path !== '/v1/status')).toEqual([
      { method: 'PUT', path: '/v1/limits', body: { up: 1_024 } },
      {
        method: 'POST',
        path: '/v1/get',
        body: { file: 'music.txt', output: join(folder, 'music.txt'), force: false, timeoutMs: 5_000 },
      },
      { method: 'PUT', path: '/v1/limits', body: { up: 7 } },
    ]);
  });

  it('says what the broker says, and does not wait for the peer', async () => {
    const refusal = new ShoalError('bad-config', 'the broker refuses this user or password');
    const broker = { ...fakeBroker({}).broker, start: () => Promise.reject(refusal) };
    const world = { ...context('never-ready'), broker: () => broker };
    expect(await run(['get', 'music.txt'], world)).toBe(2);
    expect(world.output.stderr).toBe('error: the broker refuses this user or password\n');
  });

  it('refuses to publish what is neither a file nor a folder', async () => {
    expect(await run(['publish', 'nothing.txt'], context())).toBe(3);
    expect(await run(['publish', '/dev/null'], context())).toBe(2);
    writeFileSync(join(folder, 'a'), '');
    expect(await run(['publish', 'a', '--name', 'b/c'], context())).toBe(2);
  });

  it('says what to do where no network is known', async () => {
    const world = context('', { ANCHORS: '' });
    expect(await run(['get', 'music.txt', '--json'], world)).toBe(4);
    expect(linesOf(world)).toMatchObject([{ event: 'failed', error: { code: 'no-anchor' } }]);
    expect(world.output.stderr).toMatch(/^error: .*\nhint: Run `npm start`/);
  });
});

describe('limit', () => {
  let daemon: FakeControl;
  let limits: { up?: number | null; down?: number | null };
  beforeEach(async () => {
    limits = { up: null, down: 2_000_000 };
    daemon = await fakeControl(({ path, body }, response) => {
      if (path === '/v1/limits') limits = { ...limits, ...(body as typeof limits) };
      json(
        response,
        path === '/v1/status' ? statusOf({ upRate: limits.up ?? 0, downRate: limits.down ?? 0 }) : {},
      );
    });
  });
  afterEach(() => daemon.close());
  const say = async (...flags: string[]): Promise<string> => {
    const world = testContext({ env: { SHOAL_PEER_SOCKET: daemon.socketPath, HOME: '/nowhere' } });
    const code = await run(['limit', ...flags], world);
    return code === 0 ? world.output.stdout : `${code} ${world.output.stderr}`;
    return code === 0 ? world.output.stdout : `${code} ${world.output.stderr}`;
  };

  it('says what counts, and changes nothing unasked', async () => {
    expect(await say()).toBe('host1: up unlimited, down 1.91 MiB/s\n');
    expect(daemon.requests.map(({ path }) => path)).not.toContain('/v1/limits');
  });

  it('changes one and leaves the other, or lifts it', async () => {
    expect(await say('--max-up', '8Mbit')).toBe('host1: up 977 KiB/s, down 1.91 MiB/s\n');
    expect(JSON.parse(await say('--max-down', 'none', '--json'))).toEqual({
      ...{ event: 'limits', peer: 'host1', up: 1_000_000, down: null },
    });
    expect(limits).toEqual({ up: 1_000_000, down: null });
  });

  it('refuses what is no rate', async () => {
    expect(await say('--max-up', 'fast')).toMatch(/^2 .*--max-up/s);
    expect(await say('--max-up', '0')).toMatch(/^2 .*--max-up/s);
  });
});

describe('status and leave', () => {
  let daemon: FakeControl;
  beforeEach(async () => {
    daemon = await fakeControl(({ path }, response) =>
      json(response, path === '/v1/status' ? statusOf() : {}),
    );
  });
  afterEach(() => daemon.close());
  const context = (): TestContext =>
    testContext({ env: { SHOAL_PEER_SOCKET: daemon.socketPath, HOME: '/nowhere' } });

  it('shows the peer', async () => {
    const world = context();
    expect(await run(['status'], world)).toBe(0);
    expect(world.output.stdout).toMatch(
      /peer +host1 a{40}\nsoftware +shoal .*\nnetwork +shoal, server1\naddress +127\.0\.0\.1:4000\n/,
    );
  });

  it('makes it leave', async () => {
    const world = context();
    expect(await run(['leave'], world)).toBe(0);
    expect(daemon.requests.at(-1)).toEqual({ method: 'POST', path: '/v1/leave', body: {} });
    expect(world.output.stdout).toBe('host1 has left the network and ends\n');
  });

  it('says so when there is none', async () => {
    expect(await run(['status'], testContext({ env: { HOME: '/nowhere' } }))).toBe(3);
  });
});
