import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { Manifest, parseManifestDocument } from '#chunking';
import { ShoalError, type PeerId } from '#core';
import { fakeBroker, type FakeBroker } from '../test-support/fake-broker.js';
import { testContext, type TestContext } from '../test-support/test-context.js';
import { run } from '../run.js';

const manifest = new Manifest({
  size: 2_000,
  sha256: '0'.repeat(64),
  chunkSize: 1_024,
  digestAlgorithm: 'sha256',
  digests: Buffer.alloc(64, 7),
});
const found = {
  name: 'music.txt',
  version: 1,
  fileId: manifest.fileId,
  size: 2_000,
  chunkCount: 2,
  holders: [
    { peerId: 'a'.repeat(40), incarnation: 1, name: 'host1', address: { host: '10.0.0.1', port: 7_001 } },
  ],
  holderCount: 1,
  seederCount: 1,
};
const versionRow = {
  version: 1,
  fileId: manifest.fileId,
  size: 2_000,
  sha256: '0'.repeat(64),
  chunkSize: 1_024,
  chunkCount: 2,
  publishedAt: 1_000,
  holderCount: 3,
};

const world = (fake: FakeBroker, cwd = '/'): TestContext =>
  testContext({ cwd, env: { ANCHORS: 'server1=amqp://h' }, broker: () => fake.broker, now: () => 61_000 });

describe('shoal manifest', () => {
  const fake = () => fakeBroker({ 'manifest.get': () => ({ ...found, manifest: manifest.toDocument() }) });

  it('asks for the file as it was written and ends the connection', async () => {
    const broker = fake();
    const context = world(broker);
    expect(await run(['manifest', 'music.txt@1'], context)).toBe(0);
    expect(broker.asked).toEqual([
      { name: 'manifest.get', body: { file: { name: 'music.txt', version: 1 } } },
    ]);
    expect(context.output.stdout).toMatch(/music1\.txt +1 KiB +(07){8} +host1 10\.0\.0\.1:7001\n/);
    expect(broker.isStopped()).toBe(true);
  });

  it('writes a manifest file that proves itself', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'shoal-man-'));
    try {
      expect(await run(['manifest', 'music.txt', '-o', 'm.json'], world(fake(), folder))).toBe(0);
      const parsed = parseManifestDocument(readFileSync(join(folder, 'm.json'), 'utf8'));
      expect(parsed.manifest.fileId).toBe(manifest.fileId);
      expect(parsed.name).toBe('music.txt');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('believes no anchor that sends the manifest of another file', async () => {
    const lying = { ...found, fileId: 'f'.repeat(64), manifest: manifest.toDocument() };
    const context = world(fakeBroker({ 'manifest.get': () => lying }));
    expect(await run(['manifest', 'music.txt'], context)).toBe(1);
    expect(context.output.stderr).toMatch(/manifest of another file/);
  });

  it.each([
    [new ShoalError('not-found', 'no such file'), 3],
    [new ShoalError('timeout', 'late'), 4],
    [new ShoalError('unroutable', 'nobody'), 4],
    [new ShoalError('broker-away', 'gone'), 4],
  ])('ends %s with %i and disconnects', async (error, code) => {
    const broker = fakeBroker({ 'manifest.get': () => error });
    expect(await run(['manifest', 'music.txt'], world(broker))).toBe(code);
    expect(broker.isStopped()).toBe(true);
  });
});

describe('shoal search', () => {
  it('goes through all pages', async () => {
    const page = ({ after }: { after?: string }) =>
      after === undefined
        ? { files: [{ name: 'a', latest: 1, versions: [versionRow] }], next: 'a' }
        : { files: [{ name: 'b', latest: 2, versions: [versionRow, { ...versionRow, version: 2 }] }] };
    const broker = fakeBroker({ 'manifest.search': page });
    const context = world(broker);
    expect(await run(['search', '*'], context)).toBe(0);
    expect(broker.asked.map(({ body }) => body)).toEqual([{ pattern: '*' }, { pattern: '*', after: 'a' }]);
    expect(context.output.stdout.split('\n').map((line) => line.split(/ {2,}/)[0])).toEqual([
      'FILE',
      'a@1',
      'b@2',
      'b@1 (old)',
      '',
    ]);
    expect(context.output.stdout).toMatch(/1m 00s ago/);
  });

  it('ends with 3 when nothing matches', async () => {
    expect(await run(['search', 'x*'], world(fakeBroker({ 'manifest.search': () => ({ files: [] }) })))).toBe(
      3,
    );
  });

  it('says who holds a chunk, counted from 1', async () => {
    const broker = fakeBroker({ 'manifest.get': () => found });
    const context = world(broker);
    expect(await run(['search', 'music.txt', '--chunk', '2'], context)).toBe(0);
    expect(broker.asked[0]?.body).toEqual({ file: { name: 'music.txt' }, withManifest: false, chunk: 1 });
    expect(context.output.stdout).toMatch(
      /^chunk 2 of 2 of music\.txt@1\nHOLDER .*\nhost1 .*10\.0\.0\.1:7001\n$/,
    );
  });

  it('says so when there is no such chunk', async () => {
    const context = world(fakeBroker({ 'manifest.get': () => found }));
    expect(await run(['search', 'music.txt', '--chunk', '3'], context)).toBe(2);
    expect(context.output.stderr).toMatch(/has 2 chunks; there is no chunk 3/);
  });
});

describe('shoal peers', () => {
  const row = (name: string) => ({
    ...found.holders[0],
    name,
    labels: { rack: 'b' },
    anchor: 'server1',
    software: '0.1.0',
    joinedAt: 1_000,
    leaseAt: 1_000,
    reachable: name !== 'host2',
    serving: true,
    files: 2,
  });

  it('lists them by name', async () => {
    const peers = ({ after }: { after?: PeerId }) =>
      after === undefined
        ? { peers: [row('host2')], total: 2, next: 'a'.repeat(40) }
        : { peers: [row('host1')], total: 2 };
    const context = world(fakeBroker({ 'connection.peers': peers }));
    expect(await run(['peers'], context)).toBe(0);
    const [, first, second] = context.output.stdout.split('\n');
    expect(first).toMatch(/^host1 +aaaaaaaa +10\.0\.0\.1:7001 +server1 +serving +2 +1m 00s ago +rack=b$/);
    expect(second).toMatch(/^host2 .* unreachable /);
  });
});

describe('shoal get --at', () => {
  const accepted = { distributionId: 'd1', created: true, targets: 1 };
  const about = { peerId: 'a'.repeat(40), fileId: manifest.fileId, distributionId: 'd1', size: 10 };
  const ended = {
    ...{
      distributionId: 'd1',
      state: 'completed',
      fileId: manifest.fileId,
      name: 'music.txt',
      version: 1,
      size: 10,
    },
    ...{ targets: 1, done: 1, failed: 0, cancelled: 0, createdAt: 0, finishedAt: 1 },
    ...{ bytes: { sameLabel: 0, other: 10, storage: 0 }, phases: {}, results: [] },
  };

  it('watches before it asks, and ends with the result', async () => {
    const broker = fakeBroker({
      'transfer.download': () => {
        // Facts may overtake the answer.
        void broker.fact('download.progress', { ...about, bytes: 5, rate: 1, sources: 1 });
        setImmediate(() => {
          const done = { ...about, sha256: 'ab', path: '/srv/music.txt', milliseconds: 1_000, from: [] };
          void broker
            .fact('party', {})
            .then(() => broker.fact('download.completed', done))
            .then(() => broker.fact('distribution.completed', ended));
        });
        return accepted;
      },
    });
    const context = world(broker);
    expect(await run(['get', 'music.txt', '--at', 'host7', '--json'], context)).toBe(0);
    expect(broker.declared).toEqual(['cli.ID', 'shoal.events download.*.*', 'shoal.events distribution.*.*']);
    const events = context.output.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    expect(events).toMatchObject([
      { event: 'asked', distributionId: 'd1' },
      { event: 'progress', bytes: 5 },
      { event: 'delivered', peer: 'host7', path: '/srv/music.txt' },
    ]);
  });

  it('gives up when nothing moves, and says that the download goes on', async () => {
    const context = world(fakeBroker({ 'transfer.download': () => accepted }));
    expect(await run(['get', 'music.txt', '--at', 'host7', '--timeout', '20ms'], context)).toBe(5);
    expect(context.output.stderr).toMatch(
      /host7 has not moved for 20 ms\nhint: The download at host7 goes on/,
    );
  });

  it('only ends itself when it is interrupted', async () => {
    const context = world(
      fakeBroker({
        'transfer.download': () => {
          setImmediate(() => context.interrupt());
          return accepted;
        },
      }),
    );
    expect(await run(['get', 'music.txt', '--at', 'host7'], context)).toBe(130);
    expect(context.output.stderr).toMatch(/hint: The download at host7 goes on/);
  });
});
