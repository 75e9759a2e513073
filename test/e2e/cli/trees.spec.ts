import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  appendFileSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startNetwork, type Network, type RunningPeer } from '../../../tools/network/network.js';
import { uniqueNetwork } from '../../../tools/network/unique-network.js';
import { Run } from '../../../tools/run/run.js';
import { testServices } from '../../../tools/services/test-environment.js';
import { eventOf, shoal, shoalJson, until, type JsonLine, type Surroundings } from './shoal.js';

const FILES = 40;

/** Everything below a folder with its mode; a symbolic link with its target. */
const listing = (root: string, below = ''): string[] =>
  readdirSync(join(root, below)).flatMap((name) => {
    const path = join(below, name);
    const stat = lstatSync(join(root, path));
    if (stat.isSymbolicLink()) return [`${path} -> ${readlinkSync(join(root, path))}`];
    const line = `${path} ${(stat.mode & 0o7777).toString(8)}`;
    return stat.isDirectory() ? [line, ...listing(root, path)] : [line];
  });

describe('a folder, as one tree', () => {
  let run: Run;
  let network: Network;
  let host1: RunningPeer;
  let host2: RunningPeer;
  let source: string;
  let copy: string;

  beforeAll(async () => {
    run = await Run.open({ command: 'e2e trees' });
    network = await startNetwork(run, testServices(), {
      network: uniqueNetwork(),
      anchors: ['server1'],
      peers: [{ name: 'host1' }, { name: 'host2' }],
    });
    host1 = network.peer('host1');
    host2 = network.peer('host2');
    source = join(rootOf(host1), 'album');
    copy = join(rootOf(host2), 'album');
    makeAlbum(source);
  }, 120_000);
  afterAll(async () => {
    await network?.stop();
    await run?.close();
  });

  const makeAlbum = (root: string): void => {
    for (const folder of ['', 'cd 1/été', 'empty']) mkdirSync(join(root, folder), { recursive: true });
    for (let number = 0; number < FILES; number++)
      writeFileSync(join(root, `cd 1/${number}.mp3`), randomBytes(number * 1_000), { mode: 0o640 });
    writeFileSync(join(root, 'cd 1/été/run.sh'), '#!/bin/sh\n', { mode: 0o755 });
    symlinkSync('../0.mp3', join(root, 'cd 1/été/first'));
  };
  const rootOf = (peer: RunningPeer): string => peer.roots[0] as string;
  const around = (): Surroundings => ({
    cwd: run.path('people', 'any'),
    env: { ...network.cliEnvironment, ...run.environment, XDG_DATA_HOME: run.path('xdg') },
  });
  const on = async (peer: RunningPeer, ...args: string[]): Promise<JsonLine> =>
    eventOf(await shoalJson([...args, '--peer', peer.controlSocket], around()), 'done');
  const holderNames = async (): Promise<string[]> => {
    const [manifest] = await shoalJson(['manifest', 'album'], around());
    return (manifest?.['holders'] as { name: string }[]).map(({ name }) => name).sort();
  };
  const expectSame = (a: string, b: string): void => {
    execFileSync('diff', ['-r', '--no-dereference', a, b]);
    expect(listing(b)).toEqual(listing(a));
  };

  it('is published under one name and says how many files it has', async () => {
    const done = await on(host1, 'publish', source);
    expect(done).toMatchObject({ name: 'album', version: 1, outcome: 'created', files: FILES + 1 });
    expect(await on(host1, 'publish', source)).toMatchObject({ version: 1, outcome: 'unchanged' });
    expect((await shoal(['search', 'album'], around())).stdout).toContain(`tree of ${FILES + 1}`);
    expect((await shoal(['manifest', 'album'], around())).stdout).toMatch(
      new RegExp(`files +${FILES + 1}$`, 'm'),
    );
  });

  it('lists what lies in it, from the index alone', async () => {
    const { code, stdout, stderr } = await shoal(['manifest', 'album', '--files'], around());
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^drwx.{6} +empty$/m);
    expect(stdout).toMatch(/^-rw-r----- +6\.84 KiB +cd 1\/7\.mp3$/m);
    expect(stdout).toMatch(/^lrwxrwxrwx +cd 1\/été\/first -> \.\.\/0\.mp3$/m);
    const lines = await shoalJson(['manifest', 'album', '--files'], around());
    expect(lines.filter(({ kind }) => kind === 'file')).toHaveLength(FILES + 1);
  });

  it('arrives with the same paths, modes, bytes and links, and is there when it is asked for again', async () => {
    const get = ['get', 'album', '-o', rootOf(host2), '--check'];
    expect(await on(host2, ...get)).toMatchObject({ outcome: 'downloaded', path: copy, files: FILES + 1 });
    expectSame(source, copy);
    expect(await on(host2, ...get)).toMatchObject({ outcome: 'already-there' });
    await until(holderNames, (names) => names.join() === 'host1,host2');
  });

  it('goes to another peer by an order', async () => {
    const { code, stderr } = await shoal(['get', 'album', '--at', 'host2', '-o', 'ordered/'], around());
    expect([code, stderr]).toEqual([0, '']);
    expectSame(source, join(rootOf(host2), 'ordered/album'));
  });

  it('replaces a folder with --force only', async () => {
    const taken = join(rootOf(host2), 'taken');
    mkdirSync(join(taken, 'precious'), { recursive: true });
    mkdirSync(join(taken, 'album'));
    const refused = await shoal(['get', 'album', '-o', taken, '--peer', host2.controlSocket], around());
    expect(refused.stderr).toContain('is there already');
    expect(await on(host2, 'get', 'album', '-o', taken, '--force')).toMatchObject({
      path: join(taken, 'album'),
    });
    expectSame(source, join(taken, 'album'));
    expect(readdirSync(taken).sort()).toEqual(['album', 'precious']);
  });

  it('is served after a restart of its seeder, and not any more when a file of it changes', async () => {
    host1.process.kill('SIGKILL');
    await until(holderNames, (names) => names.join() === 'host2');
    host1 = await network.addPeer({ name: 'host1' });
    await until(holderNames, (names) => names.join() === 'host1,host2');
    host2.process.kill('SIGKILL');
    await until(holderNames, (names) => names.join() === 'host1');
    const alone = run.path('people', 'alone');
    mkdirSync(alone, { recursive: true });
    const done = eventOf(await shoalJson(['get', 'album'], { ...around(), cwd: alone }), 'done');
    const sources = (done['from'] as { peerId: string }[]).map(({ peerId }) => peerId);
    expect(sources).toEqual([host1.announced['peerId']]);
    expectSame(source, join(alone, 'album'));
    appendFileSync(join(source, 'cd 1/7.mp3'), 'more');
    const late = await shoal(['get', 'album', '-o', 'late', '--timeout', '2s'], { ...around(), cwd: alone });
    expect(late.code).not.toBe(0);
    await until(holderNames, (names) => names.join() === '');
  });
});
