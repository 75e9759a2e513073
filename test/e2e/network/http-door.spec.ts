import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { DistributionStatus } from '#contracts';
import { STREAMS_MAX } from '../../../apps/console/src/console-limits.js';
import { sha256, Stage, untilTrue } from './stage.js';

const SIZE = 1_024 * 1_024;
const CHUNK = 64 * 1_024;
/** Bytes a second: nothing ends by itself while a test looks at it. */
const SLOW = 64 * 1_024;

describe('distributions over HTTP, on a network of real processes', () => {
  let stage: Stage;

  beforeAll(async () => {
    const peers = ['source', 'host1'].map((name) => ({ name }));
    stage = await Stage.open({ anchors: ['server1'], peers, console: true });
  }, 120_000);
  afterAll(() => stage?.close());

  const call = (path: string, init?: RequestInit): Promise<Response> =>
    fetch(new URL(path, stage.network.console?.url), init);
  const post = (path: string, body: object = {}): Promise<Response> =>
    call(path, {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    });
  /** A file of its own, as what a peer holds it only copies; into a folder of that name. */
  const order = async (name: string, more: object = {}): Promise<string> => {
    await stage.publish('source', name, randomBytes(SIZE), CHUNK);
    const made = await post('distributions', { file: name, targets: ['host1'], folder: name, ...more });
    expect(made.status).toBe(201);
    return ((await made.json()) as { distributionId: string }).distributionId;
  };
  const status = async (id: string): Promise<DistributionStatus> =>
    (await (await call(`distributions/${id}`)).json()) as DistributionStatus;
  const ended = (id: string) => untilTrue(async () => (await status(id)).state !== 'running');
  /** Until bytes of the file are on the disk of the target. */
  const downloading = (id: string) =>
    untilTrue(async () => ((await status(id)).rows[0]?.bytes ?? 0) > 0, 30_000);
  const filesOf = (folder: string): string[] => {
    const path = stage.path('host1', folder);
    return existsSync(path) ? readdirSync(path) : [];
  };
  const isIdle = () =>
    untilTrue(async () =>
      (await stage.status('host1')).transfers.every(({ state }) => state !== 'downloading'),
    );
  const problemOf = async (response: Response): Promise<unknown> => {
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    return response.json();
  };

  it('DELETE cancels one that runs, and no part of the file is left at its target', async () => {
    const id = await order('gone', { maxDownRate: SLOW });
    await downloading(id);
    expect(filesOf('gone')).not.toEqual([]);
    const reply = await call(`distributions/${id}`, { method: 'DELETE' });
    expect([reply.status, await reply.json()]).toEqual([200, { distributionId: id, cancelled: 1 }]);
    expect(await status(id)).toMatchObject({ state: 'cancelled', counts: { cancelled: 1 } });
    await isIdle();
    expect(filesOf('gone')).toEqual([]);
    const again = await call(`distributions/${id}`, { method: 'DELETE' });
    expect(await again.json()).toEqual({ distributionId: id, cancelled: 0 });
  }, 60_000);

  it('with keepParts the part stays, and a retry goes on with it', async () => {
    const id = await order('kept', { maxDownRate: SLOW * 4 });
    await downloading(id);
    await call(`distributions/${id}?keepParts=true`, { method: 'DELETE' });
    await isIdle();
    expect(filesOf('kept')).toEqual([expect.stringMatching(/[.]shoal-part$/)]);
    const reply = await post(`distributions/${id}/retry`);
    expect([reply.status, await reply.json()]).toEqual([200, { distributionId: id, retried: 1 }]);
    await ended(id);
    expect(filesOf('kept')).toEqual(['kept']);
    expect(sha256(stage.read('host1', 'kept/kept'))).toBe(sha256(stage.read('source', 'kept')));
  }, 60_000);

  it('POST retry tries again where it failed', async () => {
    mkdirSync(stage.path('host1', 'taken'));
    writeFileSync(stage.path('host1', 'taken/taken'), 'something else');
    const id = await order('taken', { retries: 0 });
    await ended(id);
    expect(await status(id)).toMatchObject({ state: 'failed', rows: [{ error: { code: 'target-exists' } }] });
    rmSync(stage.path('host1', 'taken/taken'));
    expect(await (await post(`distributions/${id}/retry`)).json()).toMatchObject({ retried: 1 });
    await ended(id);
    expect(await status(id)).toMatchObject({ state: 'completed', counts: { done: 1 } });
    // Nothing is left to retry, and that is no error.
    expect(await (await post(`distributions/${id}/retry`)).json()).toMatchObject({ retried: 0 });
  }, 60_000);

  it.each([
    ['DELETE', 'distributions/d-none'],
    ['POST', 'distributions/d-none/retry'],
    ['GET', 'distributions/d-none/events'],
  ])('%s %s is a problem document', async (method, path) => {
    const response = await call(path, { method });
    expect(response.status).toBe(404);
    expect(await problemOf(response)).toMatchObject({ type: 'urn:shoal:not-found', status: 404 });
  });

  it('a stream says that it is there, and ends with what it is about', async () => {
    const id = await order('streamed', { maxDownRate: SLOW });
    const text = (await call(`distributions/${id}/events`)).text();
    await downloading(id);
    await call(`distributions/${id}`, { method: 'DELETE' });
    const lines = (await text).split('\n').filter((line) => /^(:|event:)/.test(line));
    expect(lines.slice(0, 2)).toEqual([': still here', 'event: status']);
    expect(lines.at(-1)).toBe('event: distribution.cancelled');
    await isIdle();
  }, 60_000);

  it('who leaves a stream takes no place in the console', async () => {
    const id = await order('left', { maxDownRate: SLOW });
    for (let stream = 0; stream <= STREAMS_MAX; stream++) {
      const leaving = new AbortController();
      const response = await call(`distributions/${id}/events`, { signal: leaving.signal });
      expect(response.status).toBe(200);
      leaving.abort();
    }
    expect(await status(id)).toMatchObject({ state: 'running' });
    await call(`distributions/${id}`, { method: 'DELETE' });
    await isIdle();
  }, 60_000);
});
