import { randomBytes } from 'node:crypto';
import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { topologyOf, type DistributionStatus, type RequestBody } from '#contracts';
import { PROJECT_ROOT } from '../../../tools/run/project.js';
import { testServices } from '../../../tools/services/test-environment.js';
import { shoal, shoalJson, type Surroundings } from '../cli/shoal.js';
import { DebianPackage } from './debian-package.js';
import { sha256, Stage, untilTrue } from './stage.js';

const SONG = randomBytes(256 * 1_024);
const LARGE = randomBytes(2 * 1_024 * 1_024);

/** The oldest client there is: no types, no message ids. */
const amqpTools = new DebianPackage('amqp-tools', '/usr/bin/amqp-publish');
const pika = new DebianPackage('python3-pika', '/usr/lib/python3/dist-packages/pika');
// pika is a package of Debian's own Python.
const PYTHON = '/usr/bin/python3';
const SAMPLE = join(PROJECT_ROOT, 'docs', 'samples', 'download.py');

describe('distributions on a network of real processes', () => {
  let stage: Stage;
  const edge = (name: string) => ({ name, labels: { role: 'edge' } });

  beforeAll(async () => {
    stage = await Stage.open({
      anchors: ['server1'],
      peers: [{ name: 'source' }, edge('host1'), edge('host2')],
      console: true,
    });
    await stage.publish('source', 'song', SONG, 16 * 1_024);
  }, 120_000);
  afterAll(() => stage?.close());

  const person = (): Surroundings => ({
    cwd: stage.run.path('person'),
    env: { ...stage.network.cliEnvironment, ...stage.run.environment },
  });
  const url = (path: string): string => new URL(path, stage.network.console?.url).href;
  const download = (more: Partial<RequestBody<'transfer.download'>>) =>
    stage.broker.request('transfer.download', { file: 'song', targets: ['host1'], ...more });
  const status = (distributionId: string): Promise<DistributionStatus> =>
    stage.broker.request('transfer.status', { distributionId });
  const until = (distributionId: string, state: DistributionStatus['state']) =>
    untilTrue(async () => (await status(distributionId)).state === state);
  const rowState = async (id: string, name: string): Promise<string | undefined> =>
    (await status(id)).rows.find((row) => row.name === name)?.state;
  const has = (peer: string, file: string, bytes: Buffer): boolean =>
    existsSync(stage.path(peer, file)) && sha256(stage.read(peer, file)) === sha256(bytes);

  it('the command line brings a file to all that a selector means, in waves, and watches it', async () => {
    const words = ['distribute', 'song', '--to', 'role=edge', '--waves', '1', '--folder', 'cli', '--watch'];
    const lines = await shoalJson(words, person());
    expect(lines.at(-1)).toMatchObject({ state: 'completed', targets: 2, counts: { done: 2 }, waves: 2 });
    for (const peer of ['host1', 'host2']) expect(has(peer, 'cli/song', SONG)).toBe(true);
    const id = String(lines.at(-1)?.['distributionId']);
    const [listed] = await shoalJson(['distributions'], person());
    expect(listed).toMatchObject({ distributionId: id, state: 'completed' });
    const shown = await shoal(['distribution', id], person());
    expect(shown.stdout).toMatch(/host1 +done +100/);
  }, 60_000);

  it('HTTP makes one, streams it to its end, and describes itself', async () => {
    const body = JSON.stringify({ file: 'song', targets: ['50% of role=edge'], folder: 'http' });
    const headers = { 'content-type': 'application/json', 'idempotency-key': 'http-1' };
    const made = await fetch(url('distributions'), { method: 'POST', body, headers });
    expect(made.status).toBe(201);
    const { distributionId, targets } = (await made.json()) as { distributionId: string; targets: number };
    expect(targets).toBe(1);
    const stream = await (await fetch(url(`distributions/${distributionId}/events`))).text();
    expect(stream).toMatch(/event: status[^]*("state":"completed"|event: distribution\.completed)/);
    const again = await fetch(url('distributions'), { method: 'POST', body, headers });
    expect([again.status, await again.json()]).toEqual([200, { distributionId, created: false, targets: 1 }]);
    const wrong = await fetch(url('distributions'), { method: 'POST', body: '{}', headers });
    expect([wrong.status, wrong.headers.get('content-type')]).toEqual([400, 'application/problem+json']);
    expect((await fetch(url('distributions/d-none'))).status).toBe(404);
    expect(await (await fetch(url('api'))).text()).toContain('swagger');
    expect(await (await fetch(url('jobs/api/queues'))).text()).toContain('"name":"steps"');
    expect(await (await fetch(url('/'))).text()).toContain(distributionId);
  }, 60_000);

  amqpTools.it(
    "Debian's amqp-publish and the user who may do nothing else can order one",
    async () => {
      const { exchanges } = topologyOf(stage.network.id);
      const body = JSON.stringify({
        file: 'song',
        targets: ['all'],
        folder: 'amqp',
        concurrency: 2,
        retries: 0,
      });
      const args = [
        `--url=${testServices().amqpUrl('publisher')}`,
        '-e',
        exchanges.requests,
        '-r',
        'transfer.download',
      ];
      await amqpTools.install();
      await promisify(execFile)('amqp-publish', [...args, '-C', 'application/json', '-b', body]);
      await untilTrue(async () => has('host1', 'amqp/song', SONG) && has('host2', 'amqp/song', SONG));
    },
    60_000,
  );

  pika.it(
    'the sample in Python orders one and waits for its end; a repeated call is the same one',
    async () => {
      await pika.install();
      const env = {
        ...process.env,
        AMQP_URL: testServices().amqpUrl('operator'),
        SHOAL_NETWORK: stage.network.id,
      };
      const sample = async (key: string, ...words: string[]): Promise<unknown[]> => {
        const options = { env: { ...env, SHOAL_KEY: key }, timeout: 20_000 };
        const { stdout } = await promisify(execFile)(PYTHON, [SAMPLE, ...words], options);
        return stdout
          .trim()
          .split('\n')
          .map((line) => JSON.parse(line) as unknown);
      };
      const [reply, end] = await sample('release-1', 'song', 'role=edge');
      expect(reply).toMatchObject({ ok: true, result: { created: true, targets: 2 } });
      expect(end).toMatchObject({ state: 'completed', targets: 2, done: 2 });
      for (const peer of ['host1', 'host2']) expect(has(peer, 'song', SONG)).toBe(true);
      const [repeated, known] = await sample('release-1', 'song', 'role=edge');
      expect(repeated).toMatchObject({ ok: true, result: { created: false } });
      expect(known).toMatchObject({ state: 'completed', targets: 2 });
      await expect(sample('release-2', 'nosuch', 'host1')).rejects.toMatchObject({
        code: 2,
        stdout: expect.stringContaining('"not-found"'),
      });
    },
    60_000,
  );

  it('cancelling reaches a peer at once and frees its part; the slow download does not come back', async () => {
    await stage.publish('source', 'large', LARGE, 64 * 1_024);
    const order = { file: 'large', folder: 'cancelled', maxDownRate: 64 * 1_024 };
    const { distributionId } = await download(order);
    await untilTrue(async () => (await rowState(distributionId, 'host1')) === 'downloading');
    const [reply] = await shoalJson(['cancel', distributionId], person());
    expect(reply).toMatchObject({ cancelled: 1 });
    await untilTrue(async () => readdirSync(stage.path('host1', 'cancelled')).length === 0, 5_000);
    expect((await status(distributionId)).state).toBe('cancelled');
  }, 60_000);

  it('a machine that is off gets the file when it joins, or fails at the deadline', async () => {
    await stage.peer('host2').process.stop(5_000);
    await untilTrue(
      async () =>
        !(await stage.broker.request('connection.peers', {})).peers.some(({ name }) => name === 'host2'),
    );
    const patient = await download({ targets: ['role=edge'], folder: 'off' });
    const hasty = await download({ targets: ['host2'], folder: 'late', deadline: Date.now() + 1_500 });
    await untilTrue(async () => (await rowState(patient.distributionId, 'host1')) === 'done');
    expect(await rowState(patient.distributionId, 'host2')).toBe('offline');
    await until(hasty.distributionId, 'failed');
    await stage.network.addPeer({
      ...edge('host2'),
      dataFolder: stage.peer('host2').dataFolder,
      roots: stage.peer('host2').roots,
    });
    await until(patient.distributionId, 'completed');
    expect(has('host2', 'off/song', SONG)).toBe(true);
    expect(existsSync(stage.path('host2', 'late/song'))).toBe(false);
    const [retried] = await shoalJson(['retry', hasty.distributionId], person());
    expect(retried).toMatchObject({ retried: 1 });
    await until(hasty.distributionId, 'completed');
  }, 90_000);

  it('a group that follows a name gets the next version by itself, and so does who joins later', async () => {
    const { distributionId } = await download({ targets: ['role=edge'], folder: 'follow', follow: true });
    await until(distributionId, 'completed');
    const next = randomBytes(64 * 1_024);
    await stage.publish('source', 'song', next, 16 * 1_024);
    await untilTrue(async () => has('host1', 'follow/song', next) && has('host2', 'follow/song', next));
    await stage.network.addPeer(edge('host3'));
    await untilTrue(async () => has('host3', 'follow/song', next));
    await stage.broker.request('transfer.cancel', { distributionId });
  }, 90_000);
});
