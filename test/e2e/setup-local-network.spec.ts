import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RUN_TAG } from '../../tools/run/end-run.js';
import { pidsWithEnvironment } from '../../tools/run/process-table.js';
import { PROJECT_ROOT } from '../../tools/run/project.js';
import { untilSo } from '../integration/services/command.js';

/** "Ctrl-C stops all within 5 s" is a promise, and so is the same for `kill -9`. */
const END_DEADLINE_MS = 5_000;
const START_TIMEOUT_MS = 180_000;

interface LocalNetwork {
  readonly npm: ChildProcess;
  readonly output: string;
  readonly file: string;
  readonly run: string;
  readonly folder: string;
}

/** The built project without its sources, where nothing is running yet. */
const copyOfTheProject = (): string => {
  const copy = mkdtempSync(join(tmpdir(), 'shoal-copy-'));
  for (const part of ['bin', 'dist', 'tools', 'package.json']) {
    cpSync(join(PROJECT_ROOT, part), join(copy, part), { recursive: true });
  }
  symlinkSync(join(PROJECT_ROOT, 'node_modules'), join(copy, 'node_modules'));
  return copy;
};

const startWithNpm = async (project: string, temporary: string): Promise<LocalNetwork> => {
  const npm = spawn('npm', ['start', '--', '--peers', '1'], {
    cwd: project,
    env: { ...process.env, AMQP_URL: '', REDIS_URL: '', ANCHORS: '', TMPDIR: temporary },
    stdio: ['ignore', 'pipe', 'pipe'],
    // The leader of its own group, as in a terminal.
    detached: true,
  });
  let output = '';
  npm.stderr?.on('data', (data: Buffer) => (output += data.toString()));
  const up = new Promise<boolean>((resolve) => {
    createInterface({ input: npm.stdout as NodeJS.ReadableStream }).on('line', (line) => {
      output += `${line}\n`;
      if (line.startsWith('Ctrl-C stops')) resolve(true);
    });
  });
  if ((await Promise.race([up, once(npm, 'exit')])) !== true) throw new Error(output);
  const file = /^addresses +(\S+)/m.exec(output)?.[1] as string;
  const { run, logs } = JSON.parse(readFileSync(file, 'utf8')) as { run: string; logs: string };
  return { npm, output, file, run, folder: dirname(logs) };
};

const expectNothingLeft = async ({ run, folder, file }: LocalNetwork): Promise<void> => {
  await untilSo('its folder is removed', END_DEADLINE_MS, () => !existsSync(folder));
  await untilSo('its addresses are removed', END_DEADLINE_MS, () => !existsSync(file));
  expect(pidsWithEnvironment(RUN_TAG, run)).toEqual([]);
};

describe('npm start', () => {
  let project: string;
  let temporary: string;
  let first: LocalNetwork;
  let second: LocalNetwork;

  beforeAll(async () => {
    project = copyOfTheProject();
    temporary = mkdtempSync(join(tmpdir(), 'shoal-e2e-'));
    first = await startWithNpm(project, temporary);
    second = await startWithNpm(project, temporary);
  }, START_TIMEOUT_MS);
  afterAll(() => {
    for (const network of [first, second]) network?.npm.kill('SIGKILL');
    for (const folder of [project, temporary]) rmSync(folder, { recursive: true, force: true });
  });

  /** What the management API says there, as the page shows it. */
  const admin = (): { url: string; ask: <T>(what: string) => Promise<T[]> } => {
    const [, url, user, password] =
      /^admin page +(\S+) +user (\S+) +password (\S+)/m.exec(first.output) ?? [];
    const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
    const ask = async <T>(what: string): Promise<T[]> => {
      const answer = await fetch(`${url}api/${what}`, { headers: { authorization } });
      expect(answer.status).toBe(200);
      return (await answer.json()) as T[];
    };
    return { url: url as string, ask };
  };

  it('tells where the admin page is and how to log in', async () => {
    const { url, ask } = admin();
    await ask('connections');
    expect((await fetch(`${url}api/connections`)).status).toBe(401);
  });

  it('shows the network on the admin page under the names that docs/OPERATIONS.md says', async () => {
    const { ask } = admin();
    const connections = await ask<{ user_provided_name?: string }>('connections');
    const processes = ['connection', 'manifest', 'transfer'];
    expect(connections.map(({ user_provided_name }) => user_provided_name)).toEqual(
      expect.arrayContaining([
        ...['server1', 'server2'].flatMap((anchor) => processes.map((kind) => `${anchor}/${kind}`)),
        'peer/host1',
        'console',
      ]),
    );
    const queues = (await ask<{ name: string }>('queues')).map(({ name }) => name);
    const shared = [...processes, 'presence', 'dead', 'unrouted'].map((word) => `shoal.${word}`);
    expect(queues).toEqual(expect.arrayContaining([...shared, 'shoal.connection.server1']));
    expect(queues.filter((name) => /^peer\.[0-9a-f]{40}\.\d+$/.test(name))).toHaveLength(1);
    const exchanges = (await ask<{ name: string; type: string }>('exchanges')).filter(({ name }) =>
      name.startsWith('shoal.'),
    );
    expect(exchanges.map(({ name, type }) => `${name} ${type}`).sort()).toEqual(
      ['dead', 'events', 'requests', 'unrouted'].map((word) => `shoal.${word} topic`),
    );
    const consumers = await ask<{ consumer_tag: string; queue: { name: string } }>('consumers');
    expect(consumers.map((consumer) => `${consumer.consumer_tag} ${consumer.queue.name}`)).toEqual(
      expect.arrayContaining([
        'server1/manifest#1 shoal.manifest',
        'server2/transfer#1 shoal.transfer',
        expect.stringMatching(/^peer\/host1#1 peer\./),
      ]),
    );
  });

  it('is found by shoal run in the project, with no flag', async () => {
    expect(first.file).toBe(join(project, '.shoal', 'network.json'));
    const below = join(project, 'some', 'folder');
    mkdirSync(below, { recursive: true });
    const env = { ...process.env, AMQP_URL: undefined, ANCHORS: undefined, SHOAL_NETWORK: undefined };
    const args = [join(project, 'bin', 'shoal.mjs'), 'peers', '--json'];
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: below, env });
    expect(JSON.parse(stdout)).toMatchObject({
      name: 'host1',
      anchor: expect.stringMatching(/^server[12]$/),
    });
  });

  it('twice at once is two networks; the second keeps its addresses to itself', () => {
    expect(second.run).not.toBe(first.run);
    expect(second.file.startsWith(temporary)).toBe(true);
    expect(second.output).toMatch(/^try +ANCHORS=/m);
  });

  it('ends within 5 s of Ctrl-C and leaves nothing behind', async () => {
    const startedAt = Date.now();
    process.kill(-(first.npm.pid as number), 'SIGINT');
    await once(first.npm, 'exit');
    expect(Date.now() - startedAt).toBeLessThan(END_DEADLINE_MS);
    await expectNothingLeft(first);
  });

  it('ends within 5 s of the death of npm and leaves nothing behind', async () => {
    expect(pidsWithEnvironment(RUN_TAG, second.run).length).toBeGreaterThan(8);
    second.npm.kill('SIGKILL');
    await once(second.npm, 'exit');
    await expectNothingLeft(second);
  });
});
