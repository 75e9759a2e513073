import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, expect, beforeEach, afterEach } from '@jest/globals';
import { KIB, MIB } from '#core';
import { Catalogue, type ChunkStore, type FileSystem } from '#engine';
import { sampleFile } from '#testing';
import { accounted, tmpfs, type SmallDisk } from './small-disk.js';
import { temporaryFolder } from './temporary-folder.js';

const DISK = 4 * MIB;
const file = sampleFile(2.5 * MIB, 64 * KIB);
const { manifest } = file;

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let small: string;
beforeEach(async () => {
  folder = await temporaryFolder();
  small = join(folder.path, 'small');
});
afterEach(() => folder.remove());

const fail = (code: string): unknown => expect.objectContaining({ code });

/** A download that meets a disk that another program fills, and ends well once there is room again. */
const meetFullDisk = async ({ fs }: SmallDisk): Promise<void> => {
  const catalogue = new Catalogue({ dataFolder: join(folder.path, 'data'), fs });
  await catalogue.start();
  try {
    await downloadOnto(fs, catalogue);
  } finally {
    await catalogue.stop();
  }
};

const downloadOnto = async (fs: FileSystem, catalogue: Catalogue): Promise<void> => {
  const target = join(small, 'music.txt');
  const store = await catalogue.createPart({ manifest, target, force: false });
  await store.write(0, file.chunk(0));

  const tooMuch = catalogue.createPart({
    manifest: sampleFile(2 * MIB, 64 * KIB).manifest,
    target: `${target}2`,
    force: false,
  });
  await expect(tooMuch).rejects.toMatchObject({
    code: 'disk-full',
    message: expect.stringMatching(/iB are missing$/),
  });

  const filler = await fs.open(join(small, 'filler'), 'create');
  for (let at = 0; at < DISK; at += 64 * KIB)
    await filler.write(new Uint8Array(64 * KIB), at).catch(() => undefined);
  await filler.close();
  await expect(fill(store)).rejects.toEqual(fail('disk-full'));
  expect(store.chunks.has(0)).toBe(true);
  expect(store.chunks.isFull).toBe(false);
  await store.checkpoint();

  await fs.unlink(join(small, 'filler'));
  await fill(store);
  await store.publish();
  expect((await readFile(target)).equals(Buffer.from(file.bytes))).toBe(true);
  expect(await readdir(small)).toEqual(['music.txt']);
};

const fill = async (store: ChunkStore): Promise<void> => {
  for (const chunk of store.wanted) await store.write(chunk, file.chunk(chunk));
};

describe('a disk that is full', () => {
  it('by the account of a file system', async () => {
    await meetFullDisk(await accounted(small, DISK));
  });

  it('for real, on a tmpfs of 4 MiB (where one may be mounted)', async () => {
    let disk: SmallDisk;
    try {
      disk = await tmpfs(small, DISK);
    } catch (error) {
      // Without the right to mount the test above stands alone; anything else is a failure.
      expect(String(error)).toMatch(/permission|permitted|superuser|must be root|ENOENT/i);
      return;
    }
    try {
      await meetFullDisk(disk);
    } finally {
      await disk.unmount();
    }
  });
});
