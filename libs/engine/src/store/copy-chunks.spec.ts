import { describe, it, expect, beforeEach } from '@jest/globals';
import { FakeFileSystem, MemoryLocks, sampleFile } from '#testing';
import { Catalogue } from './catalogue.js';
import { copyChunks } from './copy-chunks.js';
import type { ChunkStore } from './store.js';

const file = sampleFile(4 * 1_024);
const { manifest } = file;

let fs: FakeFileSystem;
let from: ChunkStore;
let to: ChunkStore;
beforeEach(async () => {
  fs = new FakeFileSystem();
  await fs.makeFolder('/home');
  const catalogue = new Catalogue({
    dataFolder: '/state',
    fs,
    locks: new MemoryLocks(),
    later: () => () => undefined,
  });
  await catalogue.start();
  from = await catalogue.createPart({ manifest, target: '/home/a', force: false });
  for (const chunk of [0, 1, 3]) await from.write(chunk, file.chunk(chunk));
  to = await catalogue.createPart({
    manifest,
    target: '/home/b',
    force: false,
    only: [{ start: 0, end: 3 }],
  });
});

describe('copyChunks', () => {
  it('copies what is wanted, held and missing', async () => {
    await to.write(0, file.chunk(0));
    const copied: number[] = [];
    expect(await copyChunks(from, to, { onChunk: (chunk) => void copied.push(chunk) })).toBe(1);
    expect([copied, [...to.chunks]]).toEqual([[1], [0, 1]]);
  });

  it('leaves wrong and unreadable bytes to the network', async () => {
    fs.tamper(from.path, ({ content }) => content.write(Buffer.from('wrong'), 0));
    expect(await copyChunks(from, to)).toBe(1);
    expect([...to.chunks]).toEqual([1]);
    fs.faults.add('read', 'EIO');
    expect(await copyChunks(from, to)).toBe(0);
  });

  it('says when it cannot be written, and can be cancelled', async () => {
    fs.faults.add('write', 'ENOSPC', /./);
    await expect(copyChunks(from, to)).rejects.toMatchObject({ code: 'disk-full' });
    await expect(copyChunks(from, to, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'cancelled',
    });
  });
});
