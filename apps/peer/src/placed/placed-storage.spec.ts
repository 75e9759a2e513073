import { mkdtemp, mkdir, readdir, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { KIB, type FileId } from '#core';
import type { StoreCommand } from '#contracts';
import type { PlaceInfo } from '#engine';
import type { DownloadWish } from '../download-run.js';
import type { Downloads } from '../downloads.js';
import { HoldingsLedger } from '../holdings-ledger.js';
import { FakeAnchors, FakeEngine, manifestJson, PEER } from '../test-support/doubles.js';
import { PlacedStorage } from './placed-storage.js';
import { Releases } from './releases.js';
import { offerOf } from './storage-cap.js';

const file = (letter: string): FileId => letter.repeat(64) as FileId;
const CHUNK = 64 * KIB;

describe('what is offered to others', () => {
  it('is the cap without what is placed, and no more than the disk has', () => {
    expect(offerOf({ max: 100, placed: 30, disk: 1_000 })).toEqual({ max: 100, free: 70 });
    expect(offerOf({ max: 100, placed: 30, disk: 20 })).toEqual({ max: 100, free: 20 });
    expect(offerOf({ max: 10, placed: 30, disk: 20 })).toEqual({ max: 10, free: 0 });
  });

  it('is at most half of the disk when nobody said how much', () => {
    expect(offerOf({ max: 'default', placed: 0, disk: 1_000 })).toEqual({ max: 500, free: 500 });
    expect(offerOf({ max: 'default', placed: 500, disk: 500 })).toEqual({ max: 500, free: 0 });
    expect(offerOf({ max: 'default', placed: 0, disk: 1e12 }).max).toBe(10 * 1_024 ** 3);
  });
});

describe('placed storage', () => {
  let folder: string;
  let engine: FakeEngine;
  let anchors: FakeAnchors;
  let ledger: HoldingsLedger;
  let busy: Set<FileId>;
  let asked: { fileId: FileId; sequence: number }[];
  let keepers: Set<FileId>;

  /** A place with a number of chunks; all of them lie only here unless said otherwise. */
  const place = (
    letter: string,
    chunks: number,
    usedAt: number,
    more: Partial<PlaceInfo> = {},
  ): PlaceInfo => ({
    ...{ fileId: file(letter), chunkCount: 8, ranges: [{ start: 0, end: chunks }], bytes: chunks * CHUNK },
    ...{
      target: join(folder, file(letter)),
      path: join(folder, `.${letter}`),
      busy: false,
      unfinished: false,
      usedAt,
    },
    only: [{ start: 0, end: chunks }],
    ...more,
  });
  const hold = (...places: PlaceInfo[]): void => {
    engine.places = places;
    ledger.reset(places);
  };
  const storage = (max: number | undefined): PlacedStorage => {
    const releases = new Releases({
      ...{ peerId: PEER, engine, anchors, ledger },
      incarnation: () => 7,
      wake: () => {},
    });
    const downloads = {
      isBusy: (fileId: FileId) => busy.has(fileId),
      inTurn: <T>(_fileId: FileId, _target: string, task: () => Promise<T>) => task(),
      run: async (wish: DownloadWish) => {
        const { fileId } = wish.file as { fileId: FileId };
        await wish.target({ manifest: manifestJson(fileId, 8 * CHUNK), sources: [] });
        return { fileId };
      },
    } as unknown as Downloads;
    const disk = async (): Promise<number> => 1_000 * CHUNK;
    return new PlacedStorage({
      ...{ folder, max, engine, downloads, releases, disk },
      now: () => 0,
      changed: () => {},
    });
  };
  const command = (letter: string, chunks: number): StoreCommand => ({
    ...{ commandId: `c-${letter}`, distributionId: 'p-1', epoch: 1, fileId: file(letter), name: letter },
    ranges: [[0, chunks]],
  });
  const keep = (one: PlacedStorage, letter: string, chunks: number) =>
    one.keep(command(letter, chunks), () => undefined, new AbortController().signal);

  beforeEach(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), 'shoal-placed-')));
    engine = new FakeEngine();
    anchors = new FakeAnchors();
    ledger = new HoldingsLedger();
    busy = new Set();
    asked = [];
    keepers = new Set(['a', 'b', 'c'].map(file));
    anchors.answers['holdings.release'] = ({ file: { fileId }, sequence }) => {
      asked.push({ fileId: fileId as FileId, sequence });
      // While it is asked for, no message of this peer may claim it.
      expect(
        ledger
          .takeReport()
          .parts.flat()
          .map((held) => held.fileId),
      ).not.toContain(fileId);
      return { released: keepers.has(fileId as FileId) };
    };
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('gives up the least recently used, and no more than it takes', async () => {
    hold(place('a', 4, 300), place('b', 4, 100), place('c', 4, 200));
    await keep(storage(13 * CHUNK), 'd', 4);
    expect(engine.discarded).toEqual([file('b')]);
  });

  it('leaves alone what nobody else has, and claims it again', async () => {
    hold(place('a', 4, 300), place('b', 4, 100));
    keepers.delete(file('b'));
    await keep(storage(8 * CHUNK), 'd', 4);
    expect(engine.discarded).toEqual([file('a')]);
    expect(ledger.takeReport().parts.flat()).toMatchObject([{ fileId: file('b'), ranges: [[0, 4]] }]);
  });

  it('says how much is missing when nothing can be given up', async () => {
    hold(place('a', 4, 300), place('b', 4, 100));
    keepers.clear();
    await expect(keep(storage(10 * CHUNK), 'd', 4)).rejects.toMatchObject({
      code: 'disk-full',
      message: expect.stringMatching(/256 KiB do not fit .*: 128 KiB are missing/) as unknown,
    });
    expect(engine.discarded).toEqual([]);
  });

  it('does not take silence for a yes', async () => {
    hold(place('a', 4, 300));
    anchors.away = true;
    await expect(keep(storage(4 * CHUNK), 'd', 4)).rejects.toMatchObject({ code: 'disk-full' });
    expect(engine.discarded).toEqual([]);
    expect(ledger.takeAcknowledgement()?.files).toMatchObject([{ fileId: file('a') }]);
  });

  it('asks nobody for what lies on this machine twice, and touches nothing that is in use', async () => {
    hold(place('a', 4, 100, { busy: true }), place('b', 4, 200), place('c', 4, 300, { only: [] }));
    busy.add(file('b'));
    await keep(storage(12 * CHUNK), 'd', 4);
    expect(engine.discarded).toEqual([file('c')]);
    expect(asked).toEqual([]);
  });

  it('needs room only for what it does not have of a file yet', async () => {
    hold(place('a', 4, 100));
    await keep(storage(6 * CHUNK), 'a', 6);
    expect(engine.discarded).toEqual([]);
  });

  it.each([[0], [undefined]])('keeps nothing with a cap of %s', async (max) => {
    await expect(keep(storage(max), 'd', 1)).rejects.toMatchObject({ code: 'not-allowed' });
  });

  it('offers nothing when it is no place for files, and trims to a smaller cap', async () => {
    const none = storage(undefined);
    await none.begin();
    expect(none.offer).toBeUndefined();
    hold(place('a', 4, 100), place('b', 4, 200));
    const smaller = storage(4 * CHUNK);
    await smaller.trim();
    expect(engine.discarded).toEqual([file('a')]);
    expect(smaller.offer).toEqual({ max: 4 * CHUNK, free: 0 });
    expect(smaller.status).toMatchObject({ bytes: 4 * CHUNK, files: 1 });
  });

  it('removes what nobody knows of when it begins', async () => {
    await mkdir(folder, { recursive: true });
    await Promise.all(['.a', 'stray'].map((name) => writeFile(join(folder, name), 'x')));
    hold(place('a', 1, 1));
    await storage(CHUNK).begin();
    expect(await readdir(folder)).toEqual(['.a']);
  });

  it('deletes what was removed everywhere, complete or not, and nothing else', async () => {
    await writeFile(join(folder, file('a')), 'xx');
    await mkdir(join(folder, file('b')));
    await writeFile(join(folder, file('b'), 'of a tree'), 'x');
    await writeFile(join(folder, file('c')), 'x');
    const one = storage(CHUNK);
    await one.drop(file('a'));
    await one.drop(file('b'));
    expect(await readdir(folder)).toEqual([file('c')]);
    await storage(undefined).drop(file('c'));
    expect(await readdir(folder)).toEqual([file('c')]);
  });

  it('does not delete what a new start of the engine has claimed while it was asked for', async () => {
    hold(place('a', 4, 100));
    anchors.answers['holdings.release'] = () => {
      ledger.reset(engine.places);
      return { released: true };
    };
    await expect(keep(storage(4 * CHUNK), 'd', 4)).rejects.toMatchObject({ code: 'disk-full' });
    expect(engine.discarded).toEqual([]);
  });
});
