import { request as httpRequest } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { INestApplication } from '@nestjs/common';
import { filter, firstValueFrom, take, toArray } from 'rxjs';
import { ShoalError } from '#core';
import type { Broker, IncomingMessage } from '#platform';
import { distributionEvents } from './distribution-events.js';
import { openApi } from './openapi.js';
import { FactHub } from './fact-hub.js';
import { makeApp } from './http-app.js';

const ended = {
  ...{ distributionId: 'd-1', state: 'completed', fileId: 'f'.repeat(64), size: 1, targets: 1, done: 1 },
  ...{ failed: 0, cancelled: 0, createdAt: 1, finishedAt: 2, phases: {}, results: [] },
  bytes: { sameLabel: 0, other: 0, storage: 0 },
};

describe('the HTTP API', () => {
  let app: INestApplication;
  let url: string;
  let asked: { name: string; body: unknown }[];
  let answers: Record<string, (body: never) => unknown>;
  let hub: FactHub;
  let isAway: boolean;

  beforeEach(async () => {
    asked = [];
    answers = {};
    hub = new FactHub();
    const request = async (name: string, body: unknown): Promise<unknown> => {
      asked.push({ name, body });
      const answer = answers[name]?.(body as never);
      if (answer instanceof Error) throw answer;
      return answer;
    };
    const broker = { request } as unknown as Broker;
    isAway = false;
    const check = async (): Promise<void> => {
      if (isAway) throw new ShoalError('broker-away', 'away');
    };
    app = await makeApp({
      ...{ broker, hub, networkId: 'shoal', listenHost: '127.0.0.1', version: '1' },
      checks: [{ name: 'broker', check }],
    });
    await app.listen(0, '127.0.0.1');
    url = await app.getUrl();
  });
  afterEach(() => app.close());

  const post = (body: string, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(`${url}/distributions`, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json', ...headers },
    });
  const fact = (name: string, body: object): void =>
    hub.take({ name, body: Buffer.from(JSON.stringify(body)), messageId: `${name}/1` } as IncomingMessage);

  const untilRead = async (response: Response, text: string): Promise<void> => {
    const reader = response.body?.getReader();
    for (let read = ''; !read.includes(text);)
      read += new TextDecoder().decode((await reader?.read())?.value);
  };

  it('makes a distribution, says where it is, and whether it is new', async () => {
    let created = true;
    answers['transfer.download'] = () => ({ distributionId: 'd-1', created, targets: 2 });
    const first = await post('{"file":"music.txt","targets":["role=edge"],"waves":[1]}', {
      'idempotency-key': 'k',
    });
    expect([first.status, first.headers.get('location')]).toEqual([201, '/distributions/d-1']);
    expect(asked[0]).toMatchObject({
      name: 'transfer.download',
      body: { file: 'music.txt', targets: ['role=edge'], waves: [1], idempotencyKey: 'k' },
    });
    created = false;
    expect((await post('{"file":"music.txt","targets":["all"]}')).status).toBe(200);
  });

  it('has a key of its own for every call', async () => {
    answers['transfer.download'] = () => ({ distributionId: 'd-1', created: true, targets: 2 });
    for (let call = 0; call < 2; call++) await post('{"file":"music.txt","targets":["all"]}');
    expect(new Set(asked.map(({ body }) => (body as { idempotencyKey: string }).idempotencyKey)).size).toBe(
      2,
    );
  });

  it.each([
    ['what is not JSON', '{', 400, 'bad-message'],
    ['what lacks its targets', '{"file":"a"}', 400, 'bad-message'],
    ['a field that nobody knows', '{"file":"a","targets":["all"],"wave":[1]}', 400, 'bad-message'],
    ['a folder that leaves the root', '{"file":"a","targets":["all"],"folder":"../b"}', 400, 'bad-message'],
  ])('answers %s with a problem document and asks nobody', async (_what, body, status, code) => {
    const response = await post(body);
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(await response.json()).toMatchObject({
      type: `urn:shoal:${code}`,
      status,
      code,
      retry: 'permanent',
    });
    expect(asked).toEqual([]);
  });

  it.each([
    ['not-found', 404],
    ['unroutable', 503],
    ['timeout', 504],
    ['internal', 500],
  ] as const)('says %s as %d', async (code, status) => {
    answers['transfer.status'] = () => new ShoalError(code, 'why', { hint: 'do this' });
    const response = await fetch(`${url}/distributions/d-9`);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ code, detail: 'why', hint: 'do this' });
  });

  it('lists, shows, cancels and retries', async () => {
    answers['transfer.list'] = () => ({ distributions: [] });
    answers['transfer.status'] = () => ({ distributionId: 'd-1' });
    answers['transfer.cancel'] = () => ({ cancelled: 1 });
    answers['transfer.retry'] = () => ({ retried: 1 });
    await fetch(`${url}/distributions?limit=10&after=d-0`);
    await fetch(`${url}/distributions/d-1?states=failed,offline`);
    await fetch(`${url}/distributions/d-1?keepParts=true`, { method: 'DELETE' });
    const retried = await fetch(`${url}/distributions/d-1/retry`, { method: 'POST' });
    expect(retried.status).toBe(200);
    expect(asked).toMatchObject([
      { name: 'transfer.list', body: { limit: 10, after: 'd-0' } },
      { name: 'transfer.status', body: { distributionId: 'd-1', states: ['failed', 'offline'] } },
      { name: 'transfer.cancel', body: { distributionId: 'd-1', keepParts: true } },
      { name: 'transfer.retry', body: { distributionId: 'd-1' } },
    ]);
    expect((await fetch(`${url}/distributions?limit=0`)).status).toBe(400);
    expect((await fetch(`${url}/distributions/d-1?keepParts=maybe`, { method: 'DELETE' })).status).toBe(400);
  });

  it('streams what happens to one distribution until it has ended', async () => {
    answers['transfer.status'] = () => ({ distributionId: 'd-1', state: 'running' });
    const response = await fetch(`${url}/distributions/d-1/events`);
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    const text = response.text();
    while (asked.length < 2) await new Promise(setImmediate);
    fact('distribution.completed', { ...ended, distributionId: 'd-2' });
    fact('distribution.completed', ended);
    const events = (await text).split('\n').filter((line) => line.startsWith('event: '));
    expect(events).toEqual(['event: status', 'event: distribution.completed']);
  });

  it('looks again when the broker was away, for the end may have been told meanwhile', async () => {
    let state = 'running';
    answers['transfer.status'] = () => ({ distributionId: 'd-1', state });
    const text = (await fetch(`${url}/distributions/d-1/events`)).text();
    while (asked.length < 2) await new Promise(setImmediate);
    state = 'completed';
    hub.noteGap();
    expect((await text).match(/"state":"\w+"/g)).toEqual(['"state":"running"', '"state":"completed"']);
  });

  it('ends the stream of what has ended already, and has none for what is not there', async () => {
    answers['transfer.status'] = () => ({ distributionId: 'd-1', state: 'completed' });
    expect(await (await fetch(`${url}/distributions/d-1/events`)).text()).toContain('"state":"completed"');
    answers['transfer.status'] = () => new ShoalError('not-found', 'no');
    expect((await fetch(`${url}/distributions/d-9/events`)).status).toBe(404);
  });

  it('tells what it is before what happens to it, however soon that is', async () => {
    let answer: (status: never) => void = () => undefined;
    const status = (_id: string, query?: unknown): Promise<never> =>
      query === undefined
        ? new Promise((resolve) => (answer = resolve))
        : Promise.resolve({ distributionId: 'd-1', state: 'running' } as never);
    const events = await distributionEvents('d-1', { status }, hub);
    const types = firstValueFrom(events.pipe(toArray()));
    fact('distribution.completed', ended);
    answer({ distributionId: 'd-1', state: 'running' } as never);
    expect((await types).map(({ type }) => type)).toEqual([undefined, 'status', 'distribution.completed']);
  });

  it('says that a stream is there, at once and again and again', async () => {
    const distributions = { status: async () => ({ distributionId: 'd-1', state: 'running' }) as never };
    const events = await distributionEvents('d-1', distributions, hub, 1);
    const comments = events.pipe(
      filter(({ comment }) => comment !== undefined),
      take(3),
      toArray(),
    );
    expect(await firstValueFrom(comments)).toEqual(
      Array.from({ length: 3 }, () => ({ comment: 'still here' })),
    );
    expect(hub.listening).toBe(0);
  });

  it('listens no longer than somebody reads', async () => {
    answers['transfer.status'] = () => ({ distributionId: 'd-1', state: 'running' });
    const leaving = new AbortController();
    const response = await fetch(`${url}/distributions/d-1/events`, { signal: leaving.signal });
    await untilRead(response, 'still here');
    expect(hub.listening).toBe(1);
    leaving.abort();
    while (hub.listening > 0) await new Promise(setImmediate);
    const text = (await fetch(`${url}/distributions/d-1/events`)).text();
    while (hub.listening === 0) await new Promise(setImmediate);
    fact('distribution.completed', ended);
    await text;
    while (hub.listening > 0) await new Promise(setImmediate);
  });

  it.each([
    ['another host name', { host: 'evil.example' }],
    ['a page of another site', { origin: 'http://evil.example' }],
  ])('refuses %s', async (_what, headers) => {
    const { port } = new URL(url);
    const status = await new Promise((resolve) => {
      httpRequest({ port, host: '127.0.0.1', path: '/distributions', headers }, (response) => {
        response.resume();
        resolve(response.statusCode);
      }).end();
    });
    expect(status).toBe(403);
    expect(asked).toEqual([]);
  });

  it('says whether it can work, and tells collectors', async () => {
    const health = async (): Promise<[number, unknown]> => {
      const reply = await fetch(`${url}/health`);
      return [reply.status, await reply.json()];
    };
    const checks = async (): Promise<string | undefined> =>
      (await (await fetch(`${url}/metrics`)).text()).split('\n').find((line) => /^shoal_check/.test(line));
    expect(await health()).toEqual([200, { status: 'ok', checks: { broker: 'ok' } }]);
    expect(await checks()).toMatch(/^shoal_check\{.*process="console"\} 1$/);
    isAway = true;
    expect(await health()).toEqual([503, { status: 'unavailable', checks: { broker: 'broker-away' } }]);
    expect(await checks()).toMatch(/ 0$/);
  });

  it('describes itself', async () => {
    const document = openApi('1');
    expect(Object.keys(document.paths)).toContain('/distributions/{id}/events');
    const page = await fetch(`${url}/api`);
    expect(await page.text()).toContain('swagger-ui');
    const served = (await (await fetch(`${url}/api-json`)).json()) as typeof document;
    const post = served.paths['/distributions']?.post as { requestBody?: unknown } | undefined;
    expect(JSON.stringify(post?.requestBody)).toContain('"abortShare"');
  });
});
