import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ShoalError, type FileId } from '#core';
import { fakeBroker } from '../test-support/fake-broker.js';
import { fakeControl, json, statusOf, type FakeControl } from '../test-support/fake-control.js';
import { testContext } from '../test-support/test-context.js';
import { run } from '../run.js';

const FILE = 'f'.repeat(64) as FileId;
const version = (number: number, holderCount = 3) => ({
  version: number,
  fileId: FILE,
  size: 2_000,
  sha256: '0'.repeat(64),
  chunkSize: 1_024,
  chunkCount: 2,
  publishedAt: 1_000,
  holderCount,
});

describe('shoal ls', () => {
  const files = [
    { name: 'a', latest: 1, versions: [version(1, 0)] },
    { name: 'b', latest: 2, versions: [version(1), version(2)] },
  ];
  const ls = async (...args: string[]) => {
    const broker = fakeBroker({ 'manifest.search': () => ({ files: args.includes('none') ? [] : files }) });
    const context = testContext({ env: { ANCHORS: 'server1=amqp://h' }, broker: () => broker.broker });
    return { code: await run(['ls', ...args], context), asked: broker.asked, ...context.output };
  };

  it('shows the latest version of every file', async () => {
    const { code, stdout, asked } = await ls();
    expect(code).toBe(0);
    expect(stdout.split('\n').map((line) => line.split(/ +/))).toEqual([
      ['NAME', 'VERSION', 'KIND', 'SIZE', 'CHUNKS', 'HOLDERS'],
      ['a', '1', 'file', '1.95', 'KiB', '2', '0'],
      ['b', '2', 'file', '1.95', 'KiB', '2', '3'],
      [''],
    ]);
    expect(asked.map(({ body }) => body)).toEqual([{ pattern: '*' }]);
  });

  it('shows older versions with --all, as JSON one a line', async () => {
    const { stdout, asked } = await ls('b*', '--all', '--json');
    const rows = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    expect(rows).toMatchObject([
      { name: 'a', version: 1, latest: true },
      { name: 'b', version: 2, latest: true, holderCount: 3 },
      { name: 'b', version: 1, latest: false },
    ]);
    expect(asked.map(({ body }) => body)).toEqual([{ pattern: 'b*' }]);
  });

  it('finds nothing without a failure', async () => {
    expect(await ls('none')).toMatchObject({ code: 0, stdout: 'no file matches\n' });
  });
});

describe('shoal rm', () => {
  const reply = {
    name: 'music.txt',
    removed: [{ version: 2, fileId: FILE, gone: true }],
    latest: 1,
    told: 3,
  };
  const rm = async (
    args: string[],
    answer: unknown = reply,
    confirm?: (question: string) => Promise<boolean>,
  ) => {
    const broker = fakeBroker({ 'manifest.unpublish': () => answer });
    const env = { ANCHORS: 'server1=amqp://h' };
    const context = testContext({ env, broker: () => broker.broker, ...(confirm && { confirm }) });
    return { code: await run(['rm', ...args], context), asked: broker.asked, ...context.output };
  };

  it('says what is gone and what the name points to now', async () => {
    const { code, stdout, asked } = await rm(['music.txt@2']);
    expect(code).toBe(0);
    expect(asked[0]?.body).toEqual({ name: 'music.txt', version: 2, everywhere: false });
    expect(stdout).toBe('no longer published: music.txt@2; the latest is music.txt@1\n');
  });

  it('says how many peers were told, and what another name keeps', async () => {
    const { stdout } = await rm(['music.txt', '--everywhere'], {
      ...reply,
      removed: [{ version: 1, fileId: FILE, gone: false }, ...reply.removed],
    });
    expect(stdout).toMatch(/1 of them is still known under another name\ntold to drop it: 3 peers now/);
  });

  it('asks a person first, and does nothing without a yes', async () => {
    const questions: string[] = [];
    const no = async (question: string) => (questions.push(question), false);
    const refused = await rm(['music.txt', '--everywhere'], reply, no);
    expect(refused).toMatchObject({ code: 1, asked: [] });
    expect(questions).toEqual(['Remove music.txt from the network and make every peer drop it?']);
    expect((await rm(['music.txt', '--yes'], reply, no)).code).toBe(0);
    expect((await rm(['music.txt'], reply, async () => true)).code).toBe(0);
  });

  it('ends with 3 when nothing is published so, with 2 for a file id', async () => {
    expect((await rm(['x'], new ShoalError('not-found', 'nothing'))).code).toBe(3);
    expect((await rm([FILE])).code).toBe(2);
  });
});

describe('shoal stop-sharing', () => {
  let daemon: FakeControl;
  const transfer = {
    ...{ fileId: FILE, name: 'music.txt', path: '/srv/music.txt', size: 10, chunkCount: 1, held: 1 },
    ...{ state: 'complete' as const, rate: 0, sources: 0 },
  };
  beforeEach(async () => {
    daemon = await fakeControl(({ path }, response) => {
      if (path === '/v1/status') return json(response, statusOf({ transfers: [transfer] }));
      const { fileId, name, path: where } = transfer;
      json(response, { stopped: [{ fileId, name, path: where, wasComplete: true }] });
    });
  });
  afterEach(() => daemon.close());
  const stop = async (file: string, cwd = '/') => {
    const broker = fakeBroker({ 'manifest.get': () => ({ fileId: FILE }) });
    const env = { SHOAL_PEER_SOCKET: daemon.socketPath, ANCHORS: 'server1=amqp://h' };
    const context = testContext({ cwd, env, broker: () => broker.broker });
    return { code: await run(['stop-sharing', file], context), ...context.output };
  };

  it.each([
    ['music.txt', '/'],
    ['music.txt@1', '/'],
    ['./music.txt', '/srv'],
    [FILE, '/'],
  ])('finds %s', async (file, cwd) => {
    const { code, stdout } = await stop(file, cwd);
    expect(code).toBe(0);
    expect(stdout).toBe('host1 no longer shares music.txt; /srv/music.txt stays where it is\n');
    expect(daemon.requests.at(-1)).toMatchObject({ path: '/v1/stop-sharing', body: { files: [FILE] } });
  });

  it('ends with 3 when nobody here shares it', async () => {
    expect(await stop('./music.txt', '/other')).toMatchObject({ code: 3 });
  });
});

describe('a daemon of another version', () => {
  const status = async (side: { software: string; api: number }) => {
    const daemon = await fakeControl(
      (_request, response) => json(response, statusOf({ software: side.software })),
      undefined,
      side,
    );
    const context = testContext({ env: { SHOAL_PEER_SOCKET: daemon.socketPath } });
    const code = await run(['status'], context);
    await daemon.close();
    return { code, ...context.output };
  };

  it('is refused when its control API differs, and both versions are named', async () => {
    const { code, stderr } = await status({ software: 'shoal 9.0.0', api: 9 });
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /command line is shoal .* \(control API 1\).*shoal 9\.0\.0 \(control API 9\)\nhint: /,
    );
  });

  it('is remarked on when only the software differs', async () => {
    const { code, stderr } = await status({ software: 'shoal 0.0.9', api: 1 });
    expect(code).toBe(0);
    expect(stderr).toMatch(/^note: host1 runs shoal 0\.0\.9, this is shoal /);
  });
});

describe('--verbose', () => {
  it('shows where an error came from', async () => {
    const world = () => testContext({ env: { HOME: '/nowhere' } });
    const [plain, verbose] = [world(), world()];
    expect(await run(['status'], plain)).toBe(3);
    expect(await run(['status', '--verbose'], verbose)).toBe(3);
    expect(plain.output.stderr).not.toMatch(/\n +at /);
    expect(verbose.output.stderr).toMatch(
      /^error: no peer runs.*\nhint: .*\nShoalError: no peer runs.*\n +at /,
    );
  });
});
