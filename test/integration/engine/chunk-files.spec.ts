import { mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { digestFile, manifestFileName, parseManifestDocument, type ManifestJson } from '#chunking';
import type { HeldFileInfo } from '#engine';
import { splitFile } from '#engine/chunk-files';
import { ANY } from '#swarm';
import { eventually } from '#testing';
import { ScriptedDownloader } from './scripted-downloader.js';
import { KIB, randomContent, SmallSwarm, type TestPeer } from './small-swarm.js';

jest.setTimeout(60_000);

const CHUNK = 16 * KIB;
const content = randomContent(5 * CHUNK + 100);

describe('chunk files', () => {
  let swarm: SmallSwarm;
  let holder: TestPeer;
  let folder: string;
  let manifest: ManifestJson;
  beforeEach(async () => {
    swarm = await SmallSwarm.make();
    holder = await swarm.peer('holder');
    folder = holder.path('chunks');
    await mkdir(folder);
    await writeFile(holder.path('music.txt'), content);
    const cut = await splitFile({ path: holder.path('music.txt'), folder, chunkSize: CHUNK, force: false });
    manifest = cut.manifest.toDocument();
    await rm(holder.path('music.txt'));
  });
  afterEach(() => swarm.close());

  const file = (number: number): string => join(folder, `music${number}.txt`);
  const share = () => holder.engine.shareChunks(manifest, folder, 'music.txt');
  const rangesHeld = async (peer = holder) => (await peer.engine.holdings()).map(({ ranges }) => ranges);

  it('are served from where they lie', async () => {
    expect(await share()).toMatchObject({ ranges: [{ start: 0, end: 6 }], wrong: [] });
    const leecher = await swarm.peer('leecher');
    const result = await leecher.engine.download(leecher.order(manifest, [holder]));
    expect((await leecher.content()).equals(content)).toBe(true);
    expect(result.from).toMatchObject([{ name: 'holder', chunks: 6 }]);
  });

  it('are known by their bytes; what is wrong is said, links are not followed', async () => {
    await writeFile(file(2), randomContent(CHUNK));
    await rm(file(4));
    await writeFile(holder.path('outside'), content.subarray(3 * CHUNK, 4 * CHUNK));
    await symlink(holder.path('outside'), file(4));
    const shared = await share();
    expect(shared.ranges).toEqual([
      { start: 0, end: 1 },
      { start: 2, end: 3 },
      { start: 4, end: 6 },
    ]);
    expect(shared.wrong).toEqual([
      { name: 'music2.txt', why: 'has other bytes' },
      { name: 'music4.txt', why: 'is a symbolic link' },
    ]);
    expect(await holder.heldChunks(manifest.fileId)).toBe(4);
  });

  it('that change are taken back one by one, and never served', async () => {
    await share();
    await writeFile(file(3), randomContent(CHUNK));
    await rm(file(6));
    const leecher = await swarm.peer('leecher');
    const running = leecher.engine.download(leecher.order(manifest, [holder]));
    await holder.until('retracted', ({ reason }) => /2 chunk files|written to|moved or deleted/.test(reason));
    const told = new Set<number>();
    await leecher.until('held', ({ ranges }) => {
      for (const { start, end } of ranges) for (let chunk = start; chunk < end; chunk++) told.add(chunk);
      return told.size === 4;
    });
    await leecher.until('starved');
    await leecher.engine.cancelDownload(manifest.fileId, true);
    await expect(running).rejects.toMatchObject({ code: 'cancelled' });
    expect(await rangesHeld()).toEqual([
      [
        { start: 0, end: 2 },
        { start: 3, end: 5 },
      ],
    ]);
    expect(await leecher.heldChunks(manifest.fileId)).toBe(4);
    expect(leecher.heard('wrong-bytes')).toEqual([]);
  });

  it('that were granted and are gone answer the ANYs, whose askers know no number', async () => {
    await share();
    for (const number of [2, 3, 4, 5, 6]) await rm(file(number));
    const [held] = await holder.engine.holdings();
    const { fileId, chunkCount } = held as HeldFileInfo;
    const asker = await ScriptedDownloader.open(holder.ready.port, fileId, chunkCount);
    asker.say({ type: 'request', chunks: Array.from({ length: chunkCount }, () => ANY) });
    await eventually(() => expect([asker.count('none'), asker.chunks]).toEqual([5, new Set([0])]));
    expect([asker.count('refuse'), holder.heard('trouble')]).toEqual([0, []]);
    asker.close();
  });

  it('are held after a restart, those that changed meanwhile are not; forgetting leaves them alone', async () => {
    await share();
    await holder.engine.stop();
    await writeFile(file(1), randomContent(CHUNK));
    const again = await swarm.peer('holder');
    expect(again.ready.holdings).toMatchObject([
      { ranges: [{ start: 1, end: 6 }], path: folder, state: 'partial' },
    ]);
    expect(again.heard('digested')).toEqual([]);
    await again.engine.forget(manifest.fileId);
    expect(await rangesHeld(again)).toEqual([]);
    expect(await readFile(file(2))).toEqual(content.subarray(CHUNK, 2 * CHUNK));
  });

  it('are made by a download, with their manifest file, and served', async () => {
    await share();
    const leecher = await swarm.peer('leecher');
    const target = leecher.path('some');
    await mkdir(target);
    const order = leecher.order(manifest, [holder], {
      target,
      name: 'music.txt',
      only: [{ start: 2, end: 3 }],
      chunkFiles: { manifestFile: true },
    });
    expect(await leecher.engine.download(order)).toMatchObject({ path: target, alreadyThere: false });
    expect((await readdir(target)).sort()).toEqual([manifestFileName('music.txt'), 'music3.txt']);
    expect(await readFile(join(target, 'music3.txt'))).toEqual(content.subarray(2 * CHUNK, 3 * CHUNK));
    const text = await readFile(join(target, manifestFileName('music.txt')), 'utf8');
    expect(parseManifestDocument(text)).toMatchObject({
      name: 'music.txt',
      manifest: { fileId: manifest.fileId },
    });

    const third = await swarm.peer('third');
    const { path } = await third.engine.download(
      third.order(manifest, [leecher], { only: [{ start: 2, end: 3 }] }),
    );
    expect((await readFile(path)).subarray(2 * CHUNK, 3 * CHUNK)).toEqual(
      content.subarray(2 * CHUNK, 3 * CHUNK),
    );

    await leecher.engine.download({ ...order, only: [{ start: 0, end: 3 }] });
    expect(await leecher.heldChunks(manifest.fileId)).toBe(3);
    expect(await leecher.engine.download(order)).toMatchObject({ alreadyThere: true });
  });

  it('replace nothing without force', async () => {
    await share();
    const leecher = await swarm.peer('leecher');
    const target = leecher.path('some');
    await mkdir(target);
    await writeFile(join(target, 'music3.txt'), 'mine');
    const order = leecher.order(manifest, [holder], {
      target,
      name: 'music.txt',
      only: [{ start: 2, end: 3 }],
      chunkFiles: { manifestFile: false },
    });
    await expect(leecher.engine.download(order)).rejects.toMatchObject({ code: 'target-exists' });
    expect(await readFile(join(target, 'music3.txt'), 'utf8')).toBe('mine');
    expect(await rangesHeld(leecher)).toEqual([]);
    await leecher.engine.download({ ...order, force: true });
    expect(await readFile(join(target, 'music3.txt'))).toEqual(content.subarray(2 * CHUNK, 3 * CHUNK));
  });

  it('of another file are refused', async () => {
    await writeFile(holder.path('other'), randomContent(CHUNK));
    const other = (await digestFile(holder.path('other'))).toDocument();
    await expect(holder.engine.shareChunks(other, folder, 'other')).rejects.toMatchObject({
      code: 'not-found',
    });
    await expect(holder.engine.shareChunks(other, file(1))).rejects.toMatchObject({ code: 'bad-path' });
    await expect(holder.engine.shareChunks(other, holder.path('no'))).rejects.toMatchObject({
      code: 'not-found',
    });
  });
});
