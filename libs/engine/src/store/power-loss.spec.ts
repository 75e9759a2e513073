import { describe, it, expect, jest } from '@jest/globals';
import fc from 'fast-check';
import { Bitfield, seededRandom, type Random } from '#core';
import { FakeFileSystem, MemoryLocks, sampleFile, type Fate, type SampleFile } from '#testing';
import { loadBitmap } from './bitmap-file.js';
import { Catalogue, RECORD_FOLDER } from './catalogue.js';
import { bitmapNameOf, partPathOf } from './part-name.js';
import type { ChunkStore } from './store.js';

/*
 * A download is run again and again; each time the power goes (or the process is killed) at another step of it, with
 * unsynced changes kept, lost or torn. After every crash the disk is looked at before and after the next start.
 */
jest.setTimeout(120_000); // some 2,000 crashes

const TARGET = '/home/file';
const CHUNK = 1_024;
const OLD = Buffer.from('what was there before');

interface Scene {
  readonly file: SampleFile;
  readonly force: boolean;
  readonly hardLinks: boolean;
  /** An fsync of the part fails this often. */
  readonly badSyncs: number;
  /** It is set up with less ado. */
  readonly small: boolean;
  /** Chunks between two checkpoints. */
  readonly every: number;
}
type What = Fate | 'killed';

const newDisk = async ({ force, hardLinks }: Scene): Promise<FakeFileSystem> => {
  const fs = new FakeFileSystem();
  fs.hasHardLinks = hardLinks;
  await fs.makeFolder('/home');
  if (force) fs.addFile(TARGET, OLD);
  return fs;
};

const catalogueOn = (fs: FakeFileSystem, { small }: Scene): Catalogue =>
  new Catalogue({
    ...{ dataFolder: '/state', fs, locks: new MemoryLocks() },
    smallFileBytes: small ? Number.MAX_SAFE_INTEGER : -1,
    later: () => () => undefined,
  });

/** What the disk was told to keep for sure: chunks of a checkpoint that resolved, a publish that resolved. */
interface Promised {
  chunks: Bitfield;
  published: boolean;
}

/** Downloads whatever is missing, in an order of its own, and publishes. Ends early when the power goes. */
const download = async (
  fs: FakeFileSystem,
  scene: Scene,
  random: Random,
  promised: Promised,
): Promise<void> => {
  const catalogue = catalogueOn(fs, scene);
  await catalogue.start();
  const { manifest } = scene.file;
  const store = await catalogue.createPart({ manifest, target: TARGET, force: scene.force });
  if (store.state !== 'complete') {
    fs.faults.add('sync', 'EIO', /shoal-part/, scene.badSyncs);
    while (!(await fill(store, scene, random, promised)));
  }
  promised.published = true;
  await catalogue.stop();
};

/** False when an fsync failed and chunks have to be written again. */
const fill = async (
  store: ChunkStore,
  scene: Scene,
  random: Random,
  promised: Promised,
): Promise<boolean> => {
  const missing = [...Bitfield.full(store.manifest.chunkCount)].filter((chunk) => !store.chunks.has(chunk));
  missing.sort(() => random() - 0.5);
  try {
    for (const [count, chunk] of missing.entries()) {
      await store.write(chunk, scene.file.chunk(chunk));
      if (count % scene.every === scene.every - 1) await save(store, promised);
    }
    await store.publish();
    return true;
  } catch (error) {
    if ((error as { cause?: { code?: string } }).cause?.code === 'EIO') return false;
    throw error;
  }
};

const save = async (store: ChunkStore, promised: Promised): Promise<void> => {
  await store.checkpoint();
  promised.chunks = store.chunks.clone();
};

const wrongChunks = (file: SampleFile, claimed: Bitfield, bytes: Uint8Array | undefined): number[] =>
  [...claimed].filter((chunk) => {
    const start = file.manifest.offsetOf(chunk);
    return !file.manifest.verify(
      chunk,
      (bytes ?? new Uint8Array(0)).slice(start, start + file.manifest.lengthOf(chunk)),
    );
  });

/** Chunks in bitmaps that were looked at so far: the look must not be at nothing. */
let vouchedFor = 0;

/** Straight from the disk, before anything mends it. */
const checkDisk = async (
  fs: FakeFileSystem,
  { file, force, hardLinks }: Scene,
  promised: Promised,
): Promise<void> => {
  const part = partPathOf(file.manifest.fileId, TARGET);
  const details = await fs.lstat(part).catch(() => undefined);
  if (details !== undefined) {
    const bitmap = `/state/${RECORD_FOLDER}/${bitmapNameOf(file.manifest.fileId, TARGET)}`;
    const saved = await loadBitmap(fs, bitmap, file.manifest.fileId, details, file.manifest.chunkCount);
    if (saved !== undefined) expect(wrongChunks(file, saved.chunks, fs.bytesOf(part))).toEqual([]);
    vouchedFor += saved?.chunks.count ?? 0;
  }
  const target = fs.bytesOf(TARGET);
  const whole = target !== undefined && Buffer.from(target).equals(Buffer.from(file.bytes));
  if (promised.published) expect(whole).toBe(true);
  if (whole) return;
  if (force) expect(target).toEqual(Uint8Array.from(OLD));
  else if (hardLinks) expect(target).toBeUndefined();
  else if (target !== undefined)
    expect(Buffer.from(target).toString()).toMatch(/^(\0*|shoal is about to put .*)$/s);
};

/** After the next start: nothing is claimed that is not there, nothing that was promised is gone. */
const checkRestored = async (fs: FakeFileSystem, scene: Scene, promised: Promised): Promise<void> => {
  const { file } = scene;
  const catalogue = catalogueOn(fs, scene);
  await catalogue.start();
  const store = catalogue.get(file.manifest.fileId);
  if (store !== undefined) {
    expect(wrongChunks(file, store.chunks, fs.bytesOf(store.path))).toEqual([]);
    const into = Buffer.alloc(CHUNK);
    for (const chunk of store.chunks) {
      const read = await store.readInto(chunk, 0, into);
      expect(file.manifest.verify(chunk, into.subarray(0, read))).toBe(true);
    }
  }
  const target = fs.bytesOf(TARGET);
  const delivered = target !== undefined && Buffer.from(target).equals(Buffer.from(file.bytes));
  if (!delivered) {
    for (const chunk of promised.chunks) expect(store?.chunks.has(chunk)).toBe(true);
  }
  await catalogue.stop();
};

/** One run that ends at `step`, one look, and (undisturbed) the run that completes it. False: it ended before `step`. */
const crashAt = async (
  scene: Scene,
  step: number,
  takesEffect: boolean,
  what: What,
  seed: number,
): Promise<boolean> => {
  const random = seededRandom(seed);
  const promised: Promised = { chunks: new Bitfield(scene.file.manifest.chunkCount), published: false };
  const fs = await newDisk(scene);
  fs.faults.cutPowerAt(fs.faults.steps + step, takesEffect);
  await download(fs, scene, random, promised).catch(() => undefined);
  const crashed = fs.faults.isDark;

  const after = fs.restarted(what, random);
  await checkDisk(after, scene, promised);
  await checkRestored(after, scene, promised);

  await removeEmptyReservation(after, scene);
  await download(after, { ...scene, badSyncs: 0 }, random, promised);
  expect(Buffer.from(after.bytesOf(TARGET) ?? []).equals(Buffer.from(scene.file.bytes))).toBe(true);
  expect((await after.list('/home')).sort()).toEqual(['file']);
  return crashed;
};

/** Without hard links a crash may leave the reserved name as an empty or torn file (documented): its owner removes it. */
const removeEmptyReservation = async (
  fs: FakeFileSystem,
  { hardLinks, force, file }: Scene,
): Promise<void> => {
  const target = fs.bytesOf(TARGET);
  const foreign =
    target !== undefined && target.length < file.bytes.length && /^\0*$/.test(Buffer.from(target).toString());
  if (!hardLinks && !force && foreign) await fs.unlink(TARGET);
};

const scene = (change: Partial<Scene> = {}): Scene => ({
  file: sampleFile(5 * CHUNK + 100, CHUNK),
  force: false,
  hardLinks: true,
  small: false,
  badSyncs: 0,
  every: 2,
  ...change,
});

describe('a download that loses power', () => {
  const scenes: [string, Scene][] = [
    ['is delivered by link', scene()],
    ['is small', scene({ small: true })],
    ['is small and replaces a file', scene({ small: true, force: true })],
    ['replaces a file', scene({ force: true })],
    ['is delivered where there are no hard links', scene({ hardLinks: false })],
    ['has an fsync that fails', scene({ badSyncs: 1 })],
    ['has one chunk and no checkpoint', scene({ file: sampleFile(10, CHUNK) })],
    ['is empty', scene({ file: sampleFile(0, CHUNK) })],
  ];
  const endings: [What, boolean][] = [
    ['nothing', false],
    ['some', true],
    ['some', false],
    ['killed', true],
  ];
  const fates: What[] = ['nothing', 'everything', 'some', 'killed'];

  it.each(scenes)('at every step: %s', async (_, it_) => {
    vouchedFor = 0;
    for (const [what, takesEffect] of endings) {
      let step = 1;
      while (await crashAt(it_, step, takesEffect, what, step)) step++;
      expect(step).toBeGreaterThan(10);
    }
    expect(vouchedFor > 0).toBe(it_.file.manifest.chunkCount >= it_.every);
  });

  it('at any step, whatever is kept, several times in a row', async () => {
    const shape = fc.record({
      size: fc.integer({ min: 0, max: 7 * CHUNK }),
      force: fc.boolean(),
      small: fc.boolean(),
      badSyncs: fc.nat(2),
      every: fc.integer({ min: 1, max: 4 }),
      crashes: fc.array(
        fc.record({
          step: fc.integer({ min: 1, max: 60 }),
          what: fc.constantFrom(...fates),
          takesEffect: fc.boolean(),
        }),
        { minLength: 1, maxLength: 4 },
      ),
      seed: fc.nat(),
    });
    await fc.assert(
      fc.asyncProperty(shape, async ({ size, crashes, seed, ...rest }) => {
        const it_ = scene({ file: sampleFile(size, CHUNK), ...rest });
        const random = seededRandom(seed);
        const promised: Promised = { chunks: new Bitfield(it_.file.manifest.chunkCount), published: false };
        let fs = await newDisk(it_);
        for (const { step, what, takesEffect } of crashes) {
          fs.faults.cutPowerAt(fs.faults.steps + step, takesEffect);
          await download(fs, it_, random, promised).catch(() => undefined);
          fs = fs.restarted(what, random);
          await checkDisk(fs, it_, promised);
          await checkRestored(fs, it_, promised);
        }
        await download(fs, { ...it_, badSyncs: 0 }, random, promised);
        expect(Buffer.from(fs.bytesOf(TARGET) ?? []).equals(Buffer.from(it_.file.bytes))).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});
