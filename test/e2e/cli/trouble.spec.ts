import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { FileId } from '#core';
import { startNetwork, type Network, type RunningPeer } from '../../../tools/network/network.js';
import { uniqueNetwork } from '../../../tools/network/unique-network.js';
import { Run } from '../../../tools/run/run.js';
import { testServices } from '../../../tools/services/test-environment.js';
import { LyingPeer } from './lying-peer.js';
import { eventOf, shoal, shoalJson, startShoal, until, type JsonLine, type Surroundings } from './shoal.js';

const KIB = 1_024;
const CHUNK = 64 * KIB;

describe('a download with trouble, as a person sees it', () => {
  let run: Run;
  let network: Network;

  beforeAll(async () => {
    run = await Run.open({ command: 'e2e trouble' });
    network = await startNetwork(run, testServices(), {
      network: uniqueNetwork(),
      anchors: ['server1'],
      peers: ['host1', 'host2', 'host3'].map((name) => ({ name })),
    });
  }, 120_000);
  afterAll(async () => {
    await network?.stop();
    await run?.close();
  });

  const person = (): Surroundings => ({
    cwd: run.path('person'),
    env: { ...network.cliEnvironment, ...run.environment, XDG_DATA_HOME: run.path('xdg') },
  });
  const through = (name: string): string[] => ['--peer', network.peer(name).controlSocket];
  const pathAt = (name: string, file: string): string => join(network.peer(name).roots[0] as string, file);
  const publish = async (file: string, bytes: Buffer): Promise<JsonLine> => {
    writeFileSync(pathAt('host1', file), bytes);
    const args = ['publish', pathAt('host1', file), '--chunk-size', String(CHUNK), ...through('host1')];
    return eventOf(await shoalJson(args, person()), 'done');
  };
  const getAt = (name: string, file: string, ...flags: string[]): string[] => [
    ...['get', file, '-o', pathAt(name, file), ...through(name)],
    ...flags,
  ];
  /** Holder -> whether it has each chunk, as `shoal manifest` says it. */
  const chunksHeld = async (file: string): Promise<Map<string, boolean[]>> => {
    const [manifest] = await shoalJson(['manifest', file], person());
    const holders = (manifest?.['holders'] as { name: string }[]).map(({ name }) => name);
    const chunks = manifest?.['chunks'] as { holders: string[] }[];
    return new Map(holders.map((name) => [name, chunks.map((chunk) => chunk.holders.includes(name))]));
  };
  const untilHeldBy = (file: string, names: string): Promise<unknown> =>
    until(
      () => chunksHeld(file),
      (held) => [...held.keys()].sort().join() === names,
    );

  it('goes on when a source is killed, names it, and ends with the same bytes', async () => {
    const bytes = randomBytes(6_000 * KIB);
    await publish('album.bin', bytes);
    await shoalJson(getAt('host2', 'album.bin'), person());
    await untilHeldBy('album.bin', 'host1,host2');
    const download = startShoal(getAt('host3', 'album.bin', '--max-down', '2MiB'), person());
    await download.line(/^album\.bin: [1-5]\d%, .* 2 sources/);
    const killed: RunningPeer = network.peer('host1');
    killed.process.kill('SIGKILL');
    const { code, stdout, stderr } = await download.end;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const id = String(killed.announced['peerId']).slice(0, 8);
    expect(stdout).toMatch(new RegExp(`^note: lost source host1 \\(${id}\\): `, 'm'));
    expect(stdout).toMatch(/^downloaded album\.bin@1$/m);
    expect(stdout).toMatch(/^host2 +[0-9a-f]{8} +\d+ /m);
    expect(readFileSync(pathAt('host3', 'album.bin')).equals(bytes)).toBe(true);
    await untilHeldBy('album.bin', 'host2,host3');
    await network.addPeer({ name: 'host1' });
  });

  it('names who sent wrong bytes and for which chunk; they are never written, and nobody is said to hold them', async () => {
    const bytes = randomBytes(20 * CHUNK);
    const { fileId } = await publish('single.bin', bytes);
    const lie = { name: 'liar', fileId: fileId as FileId, chunkCount: 20, chunkSize: CHUNK };
    const liar = await LyingPeer.join(network, lie);
    try {
      await untilHeldBy('single.bin', 'host1,liar');
      // The liar alone is left: whatever arrives is wrong.
      network.peer('host1').process.kill('SIGKILL');
      await untilHeldBy('single.bin', 'liar');
      const download = startShoal(getAt('host2', 'single.bin', '--check'), person());
      const said = /^warning: liar \(([0-9a-f]{8})\) sent wrong bytes for chunk (\d+); thrown away$/;
      const [, id, chunk] = said.exec(await download.line(said)) as RegExpExecArray;
      expect(id).toBe(liar.scripted.peerId.slice(0, 8));
      expect(liar.scripted.sent).toContain(Number(chunk) - 1);
      // Every source is banned: nothing more can come, and nothing of what came was acknowledged.
      await download.line(/^note: no holder of the missing chunks can be asked; waiting for one$/);
      expect([...(await chunksHeld('single.bin')).keys()]).toEqual(['liar']);
      await network.addPeer({ name: 'host1' });
      const { code, stdout } = await download.end;
      expect(code).toBe(0);
      expect(stdout).toMatch(/^checked: /m);
      expect(stdout).toMatch(/^host1 +[0-9a-f]{8} +20 /m);
      expect(stdout).not.toMatch(/^liar /m);
      expect(readFileSync(pathAt('host2', 'single.bin')).equals(bytes)).toBe(true);
      expect(liar.scripted.acknowledged.size).toBe(0);
      await untilHeldBy('single.bin', 'host1,host2,liar');
    } finally {
      await liar.stop();
    }
    expect((await shoal(['peers'], person())).code).toBe(0);
  });
});
