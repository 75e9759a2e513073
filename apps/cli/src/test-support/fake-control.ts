import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LOCAL_API_VERSION, localHeadersOf, type LocalStatus } from '#contracts';
import type { PeerId } from '#core';
import { software } from '../version.js';

export interface FakeRequest {
  readonly method: string;
  readonly path: string;
  readonly body: unknown;
}

export interface FakeControl {
  readonly socketPath: string;
  readonly requests: readonly FakeRequest[];
  close(): Promise<void>;
}

/** A control socket whose answers a test writes. */
export const fakeControl = async (
  answer: (request: FakeRequest, response: ServerResponse) => void,
  socketPath = join(mkdtempSync(join(tmpdir(), 'shoal-ctl-')), 's'),
  side = { software: software(), api: LOCAL_API_VERSION },
): Promise<FakeControl> => {
  const requests: FakeRequest[] = [];
  const server = createServer((incoming, response) => {
    void bodyOf(incoming).then((body) => {
      const request = { method: incoming.method ?? '', path: incoming.url ?? '', body };
      requests.push(request);
      for (const [name, value] of Object.entries(localHeadersOf(side))) response.setHeader(name, value);
      answer(request, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  return {
    socketPath,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => {
          rmSync(socketPath, { force: true });
          resolve();
        });
      }),
  };
};

export const json = (response: ServerResponse, body: unknown, status = 200): void => {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
};

export const PEER_ID = 'a'.repeat(40) as PeerId;

export const statusOf = (changes: Partial<LocalStatus> = {}): LocalStatus => ({
  peerId: PEER_ID,
  incarnation: 1,
  name: 'host1',
  software: software(),
  networkId: 'shoal',
  anchor: 'server1',
  connected: true,
  reachable: true,
  address: { host: '127.0.0.1', port: 4_000 },
  labels: {},
  roots: [],
  upRate: 0,
  downRate: 0,
  neighbours: 0,
  transfers: [],
  ...changes,
});

const bodyOf = async (incoming: IncomingMessage): Promise<unknown> => {
  const parts: Buffer[] = [];
  for await (const part of incoming as AsyncIterable<Buffer>) parts.push(part);
  const text = Buffer.concat(parts).toString('utf8');
  return text === '' ? undefined : JSON.parse(text);
};
