import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parseManifestDocument } from '#chunking';
import { startNetwork, type Network, type RunningPeer } from '../../../tools/network/network.js';
import { describeNetwork } from '../../../tools/network/network-file.js';
import { uniqueNetwork } from '../../../tools/network/unique-network.js';
import { Run } from '../../../tools/run/run.js';
import { testServices } from '../../../tools/services/test-environment.js';
import {
  eventOf,
  isAlive,
  shoal,
  shoalJson,
  startShoal,
  until,
  type JsonLine,
  type Surroundings,
} from './shoal.js';

const KIB = 1_024;
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

describe('shoal against a running network', () => {
  let run: Run;
  let network: Network;
  let host1: RunningPeer;
  let host2: RunningPeer;
  const song = randomBytes(300 * KIB);

  beforeAll(async () => {
    run = await Run.open({ command: 'e2e cli' });
    network = await startNetwork(run, testServices(), {
      network: uniqueNetwork(),
      anchors: ['server1', 'server2'],
      peers: [{ name: 'host1' }, { name: 'host2' }],
    });
    host1 = network.peer('host1');
    host2 = network.peer('host2');
  }, 120_000);
  afterAll(async () => {
    await network?.stop();
    await run?.close();
  });

  /** A folder outside of every peer's roots. */
  const folder = (name: string): string => run.path('people', name);
  const rootOf = (peer: RunningPeer): string => peer.roots[0] as string;
  const around = (cwd: string, env: Surroundings['env'] = {}): Surroundings => ({
    cwd,
    env: { ...network.cliEnvironment, ...run.environment, XDG_DATA_HOME: run.path('xdg'), ...env },
  });
  const through = (peer: RunningPeer): string[] => ['--peer', peer.controlSocket];
  const publish = async (name: string, bytes: Buffer, ...flags: string[]): Promise<JsonLine> => {
    const path = join(rootOf(host1), name);
    writeFileSync(path, bytes);
    return eventOf(
      await shoalJson(['publish', path, ...through(host1), ...flags], around(folder('any'))),
      'done',
    );
  };
  const holderNames = async (file: string): Promise<string[]> => {
    const [manifest] = await shoalJson(['manifest', file], around(folder('any')));
    return (manifest?.['holders'] as { name: string }[]).map(({ name }) => name).sort();
  };

  it('lists the peers', async () => {
    const { code, stdout } = await shoal(['peers'], around(folder('any')));
    expect(code).toBe(0);
    expect(stdout).toMatch(/^host1 +[0-9a-f]{8} +127\.0\.0\.1:\d+ +server[12] +serving/m);
    expect(stdout).toMatch(/^host2 /m);
  });

  it('publishes through a daemon: created, unchanged, a new version; the old one stays', async () => {
    expect(await publish('tune.txt', Buffer.from('one'))).toMatchObject({ outcome: 'created', version: 1 });
    expect(await publish('tune.txt', Buffer.from('one'))).toMatchObject({ outcome: 'unchanged', version: 1 });
    const path = join(rootOf(host1), 'tune-2.txt');
    writeFileSync(path, 'two');
    const second = await shoalJson(
      ['publish', path, '--name', 'tune.txt', ...through(host1)],
      around(folder('any')),
    );
    expect(eventOf(second, 'done')).toMatchObject({ outcome: 'new-version', version: 2 });
    const home = folder('versions');
    expect((await shoal(['get', 'tune.txt', '-o', 'new.txt'], around(home))).code).toBe(0);
    expect(readFileSync(join(home, 'new.txt'), 'utf8')).toBe('two');
    expect((await shoal(['get', 'tune.txt@1', '-o', 'old.txt'], around(home))).code).toBe(0);
    expect(readFileSync(join(home, 'old.txt'), 'utf8')).toBe('one');
  });

  it('knows who holds an empty file, which arrives as one', async () => {
    await publish('hollow.txt', Buffer.alloc(0));
    await until(
      () => holderNames('hollow.txt'),
      (names) => names.join() === 'host1',
    );
    const home = folder('hollow');
    const { code, stdout } = await shoal(['get', 'hollow.txt'], around(home));
    expect(code).toBe(0);
    expect(stdout).toMatch(/^downloaded hollow\.txt@1$/m);
    expect(readFileSync(join(home, 'hollow.txt'))).toHaveLength(0);
  });

  it('shows chunks and holders, writes a manifest file, finds files and chunks', async () => {
    const done = await publish('music.txt', song, '--chunk-size', '64KiB');
    expect(done).toMatchObject({ outcome: 'created', sha256: sha256(song) });
    const home = folder('reader');
    const table = await shoal(['manifest', 'music.txt'], around(home));
    expect(table.stdout).toMatch(/^music1\.txt +64 KiB +[0-9a-f]{16} +host1 127\.0\.0\.1:\d+$/m);
    expect(table.stdout).toMatch(/^music5\.txt +44 KiB /m);
    expect((await shoal(['manifest', 'music.txt', '-o', 'm.json'], around(home))).code).toBe(0);
    const { manifest } = parseManifestDocument(readFileSync(join(home, 'm.json'), 'utf8'));
    expect(manifest.sha256).toBe(sha256(song));
    expect((await shoal(['search', 'mus*'], around(home))).stdout).toMatch(
      /^music\.txt@1 +file +300 KiB +5 +1 /m,
    );
    expect((await shoal(['search', 'music.txt', '--chunk', '3'], around(home))).stdout).toMatch(/^host1 /m);
    expect((await shoal(['search', 'nothing*'], around(home))).code).toBe(3);
    expect((await shoal(['manifest', 'nothing.txt'], around(home))).code).toBe(3);
  });

  it('downloads without a daemon, checks the file, and leaves nobody behind', async () => {
    const home = folder('visitor');
    const lines = await shoalJson(['get', 'music.txt', '--check'], around(home));
    expect(sha256(readFileSync(join(home, 'music.txt')))).toBe(sha256(song));
    expect(eventOf(lines, 'done')).toMatchObject({ outcome: 'downloaded', path: join(home, 'music.txt') });
    expect(eventOf(lines, 'done')['from']).toMatchObject([{ name: 'host1', chunks: 5 }]);
    expect(eventOf(lines, 'checked')['sha256']).toBe(sha256(song));
    const peers = await shoalJson(['peers'], around(home));
    expect(peers.map(({ name }) => name)).toEqual(['host1', 'host2']);
  });

  it('replaces a file only with --force', async () => {
    const home = folder('careful');
    writeFileSync(join(home, 'music.txt'), 'mine');
    const refused = await shoal(['get', 'music.txt'], around(home));
    expect(refused.code).toBe(6);
    expect(refused.stderr).toMatch(/^error: .*\nhint: /);
    expect(readFileSync(join(home, 'music.txt'), 'utf8')).toBe('mine');
    expect((await shoal(['get', 'music.txt', '--force'], around(home))).code).toBe(0);
    expect(sha256(readFileSync(join(home, 'music.txt')))).toBe(sha256(song));
  });

  it('downloads through the daemon that may write there, which stays a holder', async () => {
    const path = join(rootOf(host2), 'music.txt');
    // Found without --peer: by the network file, as in a project where `npm start` runs.
    const project = folder('project');
    mkdirSync(join(project, '.shoal'));
    writeFileSync(join(project, '.shoal', 'network.json'), JSON.stringify(describeNetwork(run, network)));
    const bare = around(project, { ANCHORS: undefined, SHOAL_NETWORK: undefined });
    const { code, stdout, stderr } = await shoal(['get', 'music.txt', '-o', path], bare);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/downloaded music\.txt@1[\s\S]*^host1 +[0-9a-f]{8} +5 +300 KiB$/m);
    await until(
      () => holderNames('music.txt'),
      (names) => names.join() === 'host1,host2',
    );
    const status = await shoal(['status', '--peer', 'host2'], bare);
    expect(status.stdout).toMatch(/^music\.txt +file +300 KiB +5\/5 +complete/m);
  });

  it('fetches a part, which is served', async () => {
    const part = randomBytes(256 * KIB);
    await publish('part.bin', part, '--chunk-size', '64KiB');
    const path = join(rootOf(host2), 'part.bin');
    const { code, stdout } = await shoal(
      ['get', 'part.bin', '-o', path, '--chunks', '2-3', ...through(host2)],
      around(folder('any')),
    );
    expect({ code, exists: existsSync(path) }).toEqual({ code: 0, exists: false });
    expect(stdout).toMatch(/^downloaded chunks 2-3 of part\.bin@1$/m);
    expect(stdout).toContain(`${path} appears when the rest is here`);
    const [manifest] = await shoalJson(['manifest', 'part.bin'], around(folder('any')));
    const chunks = manifest?.['chunks'] as { holders: string[] }[];
    expect(chunks.map(({ holders }) => holders.includes('host2'))).toEqual([false, true, true, false]);
  });

  it('cuts, shares, fetches single chunks and joins them', async () => {
    const home = folder('cutter');
    const album = randomBytes(300 * KIB);
    writeFileSync(join(home, 'album.bin'), album);
    const chunks = join(rootOf(host1), 'album');
    await shoalJson(['split', 'album.bin', '-o', chunks, '--chunk-size', '64KiB'], around(home));
    const shared = await shoalJson(['share', chunks, ...through(host1)], around(home));
    expect(eventOf(shared, 'notice')).toMatchObject({ kind: 'published' });
    expect(eventOf(shared, 'done')).toMatchObject({ outcome: 'shared', name: 'album.bin', version: 1 });

    const some = join(home, 'some');
    const fetch = (...args: string[]) =>
      shoal(['chunk', 'get', 'album.bin', ...args, '-o', some], around(home));
    expect(await fetch('1,3-4', '--manifest')).toMatchObject({ code: 0, stderr: '' });
    expect(readdirSync(some).sort()).toEqual([
      'album.bin.manifest.json',
      'album1.bin',
      'album3.bin',
      'album4.bin',
    ]);
    const incomplete = await shoal(['join', some, '-o', 'again.bin'], around(home));
    expect(incomplete.code).toBe(3);
    expect(incomplete.stderr).toMatch(/^error: chunks 2, 5 are missing \(album2\.bin, album5\.bin\)\nhint: /);
    expect(await fetch('9')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/has 5 chunks, there is no chunk 9\nhint: Choose from 1-5/),
    });

    // A visitor shares what it has from the foreground.
    const serving = startShoal(['share', some], around(home));
    await serving.line(/^shares of album\.bin@1 chunks 1, 3-4$/);
    await serving.line(/^serving album\.bin@1 from this process/);
    expect(await holderNames('album.bin')).toEqual([`cli-${serving.child.pid}`, 'host1']);
    serving.child.kill('SIGINT');
    expect((await serving.end).code).toBe(0);

    expect(await fetch('2,5')).toMatchObject({ code: 0 });
    expect(await shoal(['join', some, '-o', 'again.bin'], around(home))).toMatchObject({
      code: 0,
      stderr: '',
    });
    expect(readFileSync(join(home, 'again.bin'))).toEqual(album);
  });

  it('serves a file from the foreground until Ctrl-C, and then is gone', async () => {
    const home = folder('publisher');
    writeFileSync(join(home, 'poem.txt'), song.subarray(0, 100 * KIB));
    const serving = startShoal(['publish', 'poem.txt'], around(home));
    await serving.line(/^serving poem\.txt@1 from this process; Ctrl-C ends it$/);
    const visitor = folder('poem-reader');
    expect((await shoal(['get', 'poem.txt'], around(visitor))).code).toBe(0);
    expect(readFileSync(join(visitor, 'poem.txt'))).toEqual(readFileSync(join(home, 'poem.txt')));
    expect(await holderNames('poem.txt')).toEqual([`cli-${serving.child.pid}`]);
    serving.child.kill('SIGINT');
    expect((await serving.end).code).toBe(0);
    expect(await holderNames('poem.txt')).toEqual([]);
    const late = await shoal(['get', 'poem.txt', '--timeout', '1s'], around(folder('too-late')));
    expect(late.code).toBe(5);
  });

  it('goes on after an interrupt where it was', async () => {
    await publish('slow.bin', randomBytes(4_096 * KIB), '--chunk-size', '64KiB');
    const home = folder('patient');
    const first = startShoal(['get', 'slow.bin', '--max-down', '1MiB', '--json'], around(home));
    await first.line(/"event":"progress".*"chunks":([5-9]|[1-9]\d)/);
    first.child.kill('SIGINT');
    const end = await first.end;
    expect(end.code).toBe(130);
    expect(end.stderr).toMatch(/hint: What was downloaded is kept/);
    const lines = await shoalJson(['get', 'slow.bin', '--check'], around(home));
    const fetched = (eventOf(lines, 'done')['from'] as { chunks: number }[]).map(({ chunks }) => chunks);
    expect(fetched.reduce((sum, chunks) => sum + chunks, 0)).toBeLessThanOrEqual(64 - 5);
    expect(eventOf(lines, 'checked')).toBeDefined();
  });

  it('leaves no process when it is killed', async () => {
    const home = folder('killed');
    writeFileSync(join(home, 'short-lived.txt'), 'x');
    const serving = startShoal(['publish', 'short-lived.txt', '--json'], around(home));
    await serving.line(/"serving"/);
    const name = `cli-${serving.child.pid}`;
    const peers = await shoalJson(['peers'], around(home));
    expect(peers.map((row) => row['name'])).toContain(name);
    const [status] = await shoalJson(['status'], around(home));
    expect(status?.['name']).toBe(name);
    serving.child.kill('SIGKILL');
    await until(
      () => isAlive(status?.['enginePid'] as number),
      (alive) => !alive,
      5_000,
    );
    await until(
      async () => (await shoalJson(['peers'], around(home))).map((row) => row['name']),
      (names) => !names.includes(name),
    );
  });

  it('makes another peer download, with its result', async () => {
    const tape = randomBytes(200 * KIB);
    await publish('tape.bin', tape, '--chunk-size', '16KiB');
    const lines = await shoalJson(
      ['get', 'tape.bin', '--at', 'host2', '-o', 'inbox/copy.bin'],
      around(folder('any')),
    );
    const path = join(rootOf(host2), 'inbox', 'copy.bin');
    expect(eventOf(lines, 'delivered')).toMatchObject({
      peer: 'host2',
      path,
      sha256: sha256(tape),
      name: 'tape.bin',
    });
    expect(readFileSync(path)).toEqual(tape);
    const again = await shoal(['get', 'nothing.bin', '--at', 'host2'], around(folder('any')));
    expect(again.code).toBe(3);
    const nobody = await shoal(['get', 'tape.bin', '--at', 'nobody'], around(folder('any')));
    expect([3, 5]).toContain(nobody.code);
  });

  it('says quickly that there is no broker', async () => {
    const nowhere = around(folder('lost'), { ANCHORS: 'server1=amqp://127.0.0.1:9' });
    for (const args of [['peers'], ['get', 'music.txt']]) {
      const { code, stderr } = await shoal(args, nowhere);
      expect(code).toBe(4);
      expect(stderr).toMatch(/^error: no connection to the broker .*\nhint: /);
    }
  });
});
