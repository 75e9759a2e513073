import { writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Bitfield } from '#core';
import { probePeer } from '#engine';
import { ScriptedPeer } from './scripted-peer.js';
import { KIB, randomContent, SmallSwarm, type TestPeer } from './small-swarm.js';

const CHUNK = 64 * KIB;

/** Real sockets and disks on a machine that may be busy; what is waited for are events. */
jest.setTimeout(60_000);

describe('a swarm with faults', () => {
  let swarm: SmallSwarm;
  let scripted: ScriptedPeer[];

  beforeEach(async () => {
    swarm = await SmallSwarm.make();
    scripted = [];
  });

  afterEach(async () => {
    await Promise.all(scripted.map((peer) => peer.stop()));
    await swarm.close();
  });

  const script = async (name: string, chunkCount: number, bytesOf: (chunk: number) => Buffer | undefined) => {
    const peer = await ScriptedPeer.start(name, Bitfield.full(chunkCount), bytesOf);
    scripted.push(peer);
    return peer;
  };

  it('goes on when a source is gone in the middle', async () => {
    const [one, two, leecher] = [
      await swarm.peer('one'),
      await swarm.peer('two'),
      await swarm.peer('leecher'),
    ];
    const content = randomContent(80 * CHUNK);
    const manifest = await one.publish('song', content, CHUNK);
    await two.publish('song', content, CHUNK);
    for (const { engine } of [one, two]) await engine.setLimits({ up: 2_000_000 });
    const done = leecher.engine.download(leecher.order(manifest, [one, two]));
    await leecher.until('held', ({ ranges }) => ranges.length > 0);
    await one.engine.stop();
    await two.engine.setLimits({ up: null });
    const result = await done;
    expect((await leecher.content()).equals(content)).toBe(true);
    expect(result.from.map(({ name }) => name)).toContain('two');
    expect(leecher.heard('source-lost')[0]).toMatchObject({ name: 'one', unreachable: false });
  });

  it('names a liar and its chunk, keeps nothing of it, and gets the file from others', async () => {
    const [seeder, leecher] = [await swarm.peer('seeder'), await swarm.peer('leecher')];
    const content = randomContent(30 * CHUNK);
    const manifest = await seeder.publish('song', content, CHUNK);
    await seeder.engine.setLimits({ up: 1_000_000 });
    const liar = await script('liar', 30, () => Buffer.alloc(CHUNK, 'lies'));
    const done = leecher.engine.download({
      ...leecher.order(manifest, [seeder]),
      sources: [liar.address, seeder.address],
    });
    const wrong = await leecher.until('wrong-bytes');
    await seeder.engine.setLimits({ up: null });
    const result = await done;
    expect(wrong).toMatchObject({ name: 'liar', peerId: liar.peerId });
    expect(liar.sent).toContain(wrong.chunk);
    expect((await leecher.content()).equals(content)).toBe(true);
    expect(result.from.map(({ name }) => name)).toEqual(['seeder']);
    // It is asked for one more chunk on parole, then banned.
    expect(leecher.heard('wrong-bytes').length).toBeLessThanOrEqual(4);
    expect(liar.acknowledged.size).toBe(0);
  });

  it('does not wait for a source that answers nothing', async () => {
    const [seeder, leecher] = [await swarm.peer('seeder'), await swarm.peer('leecher')];
    const content = randomContent(30 * CHUNK);
    const manifest = await seeder.publish('song', content, CHUNK);
    const silent = await script('silent', 30, () => undefined);
    const startedAt = performance.now();
    await leecher.engine.download({
      ...leecher.order(manifest, [seeder]),
      sources: [silent.address, seeder.address],
    });
    expect((await leecher.content()).equals(content)).toBe(true);
    expect(performance.now() - startedAt).toBeLessThan(10_000);
  });

  it('asks for sources while there are none, and says who cannot be reached', async () => {
    const [seeder, leecher] = [await swarm.peer('seeder'), await swarm.peer('leecher')];
    const content = randomContent(3 * CHUNK);
    const manifest = await seeder.publish('song', content, CHUNK);
    const { address } = seeder;
    const done = leecher.engine.download({
      ...leecher.order(manifest, []),
      sources: [{ ...address, port: 1 }],
    });
    await leecher.until('source-lost', ({ unreachable }) => unreachable);
    const starved = await leecher.until('starved', ({ exclude }) => exclude.length > 0);
    expect(starved.exclude).toEqual([seeder.peerId]);
    await leecher.engine.addSources(manifest.fileId, [address]);
    await done;
    expect((await leecher.content()).equals(content)).toBe(true);
  });

  it('stops and takes up again where it was', async () => {
    const [seeder, leecher] = [await swarm.peer('seeder'), await swarm.peer('leecher')];
    const content = randomContent(60 * CHUNK);
    const manifest = await seeder.publish('song', content, CHUNK);
    await seeder.engine.setLimits({ up: 1_000_000 });
    const stopped = leecher.engine.download(leecher.order(manifest, [seeder]));
    const failure = expect(stopped).rejects.toMatchObject({ code: 'cancelled' });
    await leecher.until('held');
    await leecher.engine.cancelDownload(manifest.fileId, true);
    await failure;
    const kept = await leecher.heldChunks(manifest.fileId);
    expect(kept).toBeGreaterThan(0);
    expect(kept).toBeLessThan(60);
    await seeder.engine.setLimits({ up: null });
    const result = await leecher.engine.download(leecher.order(manifest, [seeder]));
    expect(result.from.reduce((sum, { chunks }) => sum + chunks, 0)).toBe(60 - kept);
    expect((await leecher.content()).equals(content)).toBe(true);
  });

  it('leaves nothing behind when it is cancelled without keeping', async () => {
    const [seeder, leecher] = [await swarm.peer('seeder'), await swarm.peer('leecher')];
    const manifest = await seeder.publish('song', randomContent(60 * CHUNK), CHUNK);
    await seeder.engine.setLimits({ up: 500_000 });
    const done = leecher.engine.download(leecher.order(manifest, [seeder]));
    const failure = expect(done).rejects.toMatchObject({ code: 'cancelled' });
    await leecher.until('held');
    await leecher.engine.cancelDownload(manifest.fileId, false);
    await failure;
    expect(await leecher.engine.holdings()).toEqual([]);
    expect(leecher.events.filter(({ kind }) => kind === 'held' || kind === 'retracted').at(-1)).toMatchObject(
      {
        kind: 'retracted',
        fileId: manifest.fileId,
      },
    );
  });

  it('retracts a file that changed and serves none of its new bytes', async () => {
    const [seeder, leecher] = [await swarm.peer('seeder'), await swarm.peer('leecher')];
    const manifest = await seeder.publish('song', randomContent(10 * CHUNK), CHUNK);
    await writeFile(seeder.path('song'), randomContent(10 * CHUNK));
    const done = leecher.engine.download(leecher.order(manifest, [seeder]));
    const failure = expect(done).rejects.toMatchObject({ code: 'cancelled' });
    const retracted = await seeder.until('retracted');
    expect(retracted).toMatchObject({ fileId: manifest.fileId, path: seeder.path('song') });
    await leecher.until('source-lost');
    await leecher.engine.cancelDownload(manifest.fileId, false);
    await failure;
    expect(leecher.heard('wrong-bytes')).toEqual([]);
    expect(await seeder.engine.holdings()).toEqual([]);
  });

  it('answers strangers, garbage and other networks with an error and lives on', async () => {
    const peer = await swarm.peer('one');
    const { port } = peer.ready;
    const target = { networkId: 'test', host: '127.0.0.1', port, peerId: peer.peerId };
    await expect(probePeer({ ...target, networkId: 'other' }, 3_000)).rejects.toMatchObject({
      code: 'wrong-network',
    });
    await expect(probePeer({ ...target, incarnation: 9 }, 3_000)).rejects.toMatchObject({ code: 'stale' });
    const nobody = '00'.repeat(20) as TestPeer['peerId'];
    await expect(probePeer({ ...target, peerId: nobody }, 3_000)).rejects.toMatchObject({
      code: 'handshake-failed',
    });
    const answer = await new Promise<Buffer>((resolve, reject) => {
      const parts: Buffer[] = [];
      const socket = connect({ host: '127.0.0.1', port }, () => socket.write('GET / HTTP/1.1\r\n\r\n'));
      socket.on('data', (part: Buffer) => parts.push(part));
      socket.once('error', reject);
      socket.once('close', () => resolve(Buffer.concat(parts)));
    });
    expect(answer[4]).toBe(0x3f);
    expect(await probePeer(target, 3_000)).toMatchObject({ peerId: peer.peerId, name: 'one', port });
  });

  it('keeps to its limits', async () => {
    const [seeder, leecher] = [await swarm.peer('seeder'), await swarm.peer('leecher')];
    const content = randomContent(16 * CHUNK);
    const manifest = await seeder.publish('song', content, CHUNK);
    await seeder.engine.setLimits({ up: 1_000_000 });
    const up = await leecher.engine.download(leecher.order(manifest, [seeder]));
    await seeder.engine.setLimits({ up: null });
    const order = {
      ...leecher.order(manifest, [seeder]),
      target: leecher.path('again'),
      downRate: 1_000_000,
    };
    await leecher.engine.forget(manifest.fileId);
    const down = await leecher.engine.download(order);
    // 1 MiB at 1 MB/s, less the burst: never sooner, however fast or slow the machine is.
    for (const { milliseconds } of [up, down]) expect(milliseconds).toBeGreaterThan(850);
  });
});
