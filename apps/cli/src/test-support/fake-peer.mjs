// Plays a one-shot peer: joins at once, "downloads" the text `whole` and serves until it leaves.
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';

const { PEER_DATA, PEER_ROOTS, PEER_NAME, FAKE_PEER } = process.env;
const TEXT = 'whole';
const sha256 = createHash('sha256').update(TEXT).digest('hex');
const fileId = 'f'.repeat(64);

if (FAKE_PEER === 'broken') {
  console.log(JSON.stringify({ level: 50, msg: 'PEER_LISTEN is "nowhere"' }));
  process.exit(1);
}
process.on('disconnect', () => process.exit(0));

const status = {
  peerId: 'b'.repeat(40),
  incarnation: 1,
  name: PEER_NAME,
  software: 'shoal 0.1.0',
  networkId: process.env.SHOAL_NETWORK,
  anchor: 'server1',
  connected: true,
  reachable: FAKE_PEER !== 'unreachable',
  address: { host: '127.0.0.1', port: 4001 },
  labels: {},
  roots: [PEER_ROOTS],
  upRate: 0,
  downRate: 0,
  neighbours: 0,
  transfers: [],
};
const done = (outcome, path) => ({
  event: 'done',
  fileId,
  name: 'music.txt',
  version: 1,
  outcome,
  size: TEXT.length,
  sha256,
  path,
  milliseconds: 5,
  from: [],
});
const line = (event) => `${JSON.stringify(event)}\n`;

const answers = {
  '/v1/status': (_body, response) => response.end(JSON.stringify(status)),
  '/v1/publish': ({ path }, response) => response.end(line(done('created', path))),
  '/v1/get': ({ output }, response) => {
    const started = { event: 'started', fileId, size: TEXT.length, chunkCount: 1, path: output, resumed: 0 };
    response.write(line(started));
    if (FAKE_PEER === 'hangs') return;
    writeFileSync(output, TEXT);
    response.end(line(done('downloaded', output)));
  },
  '/v1/leave': (_body, response) => response.end('{}', () => process.exit(0)),
};

const server = createServer((request, response) => {
  response.setHeader('shoal-api', '1').setHeader('shoal-software', 'shoal 0.1.0');
  const parts = [];
  request.on('data', (part) => parts.push(part));
  request.on('end', () => {
    const text = Buffer.concat(parts).toString();
    answers[request.url](text === '' ? undefined : JSON.parse(text), response);
  });
});
const controlSocket = join(PEER_DATA, 'control.sock');
server.listen(controlSocket, () => {
  if (FAKE_PEER === 'never-ready') return;
  process.send({ ready: { controlSocket, peerId: status.peerId, anchor: 'server1' } });
});
