import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventOf, shoal, shoalJson, type JsonLine, type Surroundings } from '../cli/shoal.js';
import { doneOf, sha256, Stage, untilTrue } from './stage.js';

const KIB = 1_024;
const around = (stage: Stage, who: string): Surroundings => {
  const cwd = stage.run.path('people', who);
  mkdirSync(cwd, { recursive: true });
  const env = {
    ...stage.network.cliEnvironment,
    ...stage.run.environment,
    XDG_DATA_HOME: stage.run.path('xdg'),
  };
  return { cwd, env };
};
/** A person without a daemon publishes, has the network keep it, and is gone. */
const publish = (stage: Stage, name: string, bytes: Uint8Array, ...flags: string[]): Promise<JsonLine[]> => {
  const there = around(stage, 'publisher');
  writeFileSync(join(there.cwd, name), bytes);
  return shoalJson(['publish', name, '--chunk-size', '16KiB', ...flags], there);
};
const manifestOf = async (stage: Stage, name: string) => {
  const [manifest] = await shoalJson(['manifest', name], around(stage, 'reader'));
  return manifest as unknown as {
    readonly chunks: readonly { readonly holders: readonly string[] }[];
    readonly holders: readonly { readonly name: string }[];
  };
};
const placedAt = async (stage: Stage, name: string) => (await stage.status(name)).placed;

describe('a file that is spread', () => {
  let stage: Stage;
  const racks = ['a', 'a', 'b', 'b', 'c'];
  const song = randomBytes(640 * KIB);

  beforeAll(async () => {
    const peers = racks.map((rack, at) => ({ name: `host${at + 1}`, labels: { rack } }));
    stage = await Stage.open({
      anchors: ['server1'],
      peers: [
        ...peers,
        { name: 'store1', labels: { anchor: 'server1' }, environment: { PEER_STORAGE_MAX: '4MiB' } },
      ],
    });
  }, 120_000);
  afterAll(() => stage?.close());

  it('is whole without its publisher: every chunk on two peers, in two racks, and no peer has all', async () => {
    const lines = await publish(stage, 'song.bin', song, '--spread', '2');
    expect(eventOf(lines, 'placed')).toMatchObject({ name: 'song.bin', copies: 2 });
    const { chunks, holders } = await manifestOf(stage, 'song.bin');
    expect(chunks.length).toBe(40);
    const rackOf = (name: string): string => racks[Number(name.slice(-1)) - 1] ?? name;
    for (const chunk of chunks) {
      expect(chunk.holders.length).toBe(2);
      expect(new Set(chunk.holders.map(rackOf)).size).toBe(2);
    }
    for (const { name } of holders) {
      expect(name).toMatch(/^(host\d|store1)$/);
      expect(chunks.every((chunk) => chunk.holders.includes(name))).toBe(false);
    }
    const visitor = around(stage, 'visitor');
    const got = await shoalJson(['get', 'song.bin', '--check'], visitor);
    expect(eventOf(got, 'checked')['sha256']).toBe(sha256(song));
    expect(readFileSync(join(visitor.cwd, 'song.bin'))).toEqual(song);
  });

  it('is placed once: publishing it again finds the copies', async () => {
    const before = await placedAt(stage, 'host1');
    const lines = await publish(stage, 'song.bin', song, '--spread', '2');
    expect(eventOf(lines, 'done')).toMatchObject({ outcome: 'unchanged' });
    expect(eventOf(lines, 'placed')).toMatchObject({ peers: [] });
    expect(await placedAt(stage, 'host1')).toEqual(before);
  });

  it('is kept whole by the storage peer with --store, which a person can see', async () => {
    const film = randomBytes(300 * KIB);
    const lines = await publish(stage, 'film.bin', film, '--store');
    expect(eventOf(lines, 'placed')).toMatchObject({ copies: 0, storage: true, peers: [{ name: 'store1' }] });
    expect(await stage.holderNames('film.bin')).toEqual(['store1']);
    const socket = stage.peer('store1').controlSocket;
    const { stdout } = await shoal(['status', '--peer', socket], around(stage, 'reader'));
    expect(stdout).toMatch(/kept for others +[\d.]+ KiB of 4 MiB in [12] files?/);
  });

  it('says what is missing when there are too few peers, and the publisher learns it', async () => {
    const there = around(stage, 'publisher');
    writeFileSync(join(there.cwd, 'much.bin'), randomBytes(8 * KIB));
    const { code, stderr } = await shoal(['publish', 'much.bin', '--spread', '9'], there);
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/9 copies of much\.bin want 9 peers; .* there are 6\nhint: Start more peers/);
  });

  it('is placed elsewhere when a peer dies on the way', async () => {
    const tape = randomBytes(2_048 * KIB);
    const there = around(stage, 'publisher');
    writeFileSync(join(there.cwd, 'tape.bin'), tape);
    const flags = ['--chunk-size', '16KiB', '--spread', '2', '--max-up', '1MiB'];
    const placing = shoalJson(['publish', 'tape.bin', ...flags], there);
    const has = async (): Promise<boolean> => {
      const status = await stage.status('host2');
      return status.transfers.some(({ name, held }) => name === 'tape.bin' && held > 0);
    };
    await untilTrue(has);
    const { process } = stage.peer('host2');
    process.kill('SIGKILL');
    await process.exited;
    expect(eventOf(await placing, 'placed')).toMatchObject({ copies: 2 });
    const { chunks } = await manifestOf(stage, 'tape.bin');
    for (const { holders } of chunks) expect(holders.filter((name) => name !== 'host2').length).toBe(2);
  });
});

describe('a peer with little room for others', () => {
  let stage: Stage;
  const song = randomBytes(256 * KIB);
  const film = randomBytes(256 * KIB);
  const CAP = 300 * KIB;

  beforeAll(async () => {
    const environment = { PEER_STORAGE_MAX: '300KiB' };
    stage = await Stage.open({
      anchors: ['server1'],
      peers: [
        ...['host1', 'host2', 'host3'].map((name) => ({ name, environment })),
        { name: 'user', environment: { PEER_STORAGE_MAX: '0' } },
      ],
    });
    await publish(stage, 'song.bin', song, '--spread', '2');
  }, 120_000);
  afterAll(() => stage?.close());

  const copies = async (name: string): Promise<number> =>
    Math.min(...(await manifestOf(stage, name)).chunks.map(({ holders }) => holders.length));

  it('gives up older files for newer ones, but never the last copy of a chunk', async () => {
    const there = around(stage, 'publisher');
    writeFileSync(join(there.cwd, 'film.bin'), film);
    const refused = await shoal(['publish', 'film.bin', '--chunk-size', '16KiB', '--spread', '2'], there);
    expect(refused.code).not.toBe(0);
    expect(refused.stderr).toMatch(/2 copies of film\.bin do not fit: .* are missing/);
    expect(await copies('song.bin')).toBeGreaterThanOrEqual(1);
    const got = await shoalJson(['get', 'song.bin', '--check'], around(stage, 'visitor'));
    expect(eventOf(got, 'checked')['sha256']).toBe(sha256(song));
  });

  it('gives them up once somebody else has them, and never a file of its user', async () => {
    const done = await doneOf(stage.get('user', 'song.bin'));
    expect(done.sha256).toBe(sha256(song));
    await untilTrue(async () => (await stage.holderNames('song.bin')).includes('user'));
    await publish(stage, 'film.bin', film, '--spread', '2');
    expect(await copies('film.bin')).toBe(2);
    for (const name of ['host1', 'host2', 'host3']) {
      expect((await placedAt(stage, name))?.bytes).toBeLessThanOrEqual(CAP);
    }
    expect(await copies('song.bin')).toBeGreaterThanOrEqual(1);
    expect(stage.read('user', 'song.bin')).toEqual(song);
  });
});
