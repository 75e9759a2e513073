import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { FileId } from '#core';
import type { DownloadCommand } from '#contracts';
import type { HeldFileInfo, PlaceInfo } from '#engine';
import { CommandStore } from './command-store.js';
import { HoldingsLedger } from './holdings-ledger.js';
import { Leftovers } from './leftovers.js';
import { FILE } from './test-support/doubles.js';

const DAY = 86_400_000;
const NOW = 1_000 * DAY;
const OTHER = 'b'.repeat(64) as FileId;

describe('leftovers', () => {
  let folder: string;
  let places: (PlaceInfo & HeldFileInfo)[];
  let discarded: FileId[];
  let reports: number;
  let store: CommandStore;
  let now: number;
  let leftovers: Leftovers;

  const place = async (fileId: FileId, days: number, more: Partial<PlaceInfo> = {}) => {
    const path = join(folder, `.${fileId.slice(0, 4)}.part`);
    await writeFile(path, 'xx');
    await utimes(path, new Date(), new Date(NOW - days * DAY));
    const ranges = [{ start: 0, end: 1 }];
    places.push({
      ...{ fileId, chunkCount: 3, ranges, only: ranges, path, target: join(folder, fileId), bytes: 2 },
      ...{ size: 3, sha256: 'c'.repeat(64), state: 'partial', busy: false, unfinished: true },
      ...more,
    });
  };

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'shoal-left-'));
    places = [];
    discarded = [];
    reports = 0;
    now = NOW;
    store = new CommandStore(join(folder, 'commands'), () => now);
    await store.start();
    leftovers = new Leftovers({
      engine: {
        holdings: async () => places,
        placesIn: async (where) => (where === folder ? places : []),
        discardPlace: async (fileId) => {
          discarded.push(fileId);
          places = places.filter((one) => one.fileId !== fileId);
          return true;
        },
      },
      store,
      commandsFolder: join(folder, 'commands'),
      placedFolder: join(folder, 'placed'),
      ledger: new HoldingsLedger(),
      acknowledger: { report: async () => void reports++ },
      now: () => now,
    });
  });
  afterEach(() => rm(folder, { recursive: true }));
  const clean = (dryRun: boolean) => leftovers.clean({ dryRun, olderThanMs: 7 * DAY });

  it('are downloads that nobody has touched for long', async () => {
    await place(FILE, 8);
    await place(OTHER, 6);
    expect(await clean(true)).toMatchObject([{ kind: 'part-file', bytes: 2, lastUse: NOW - 8 * DAY }]);
    expect({ discarded, reports }).toEqual({ discarded: [], reports: 0 });
    expect(await clean(false)).toHaveLength(1);
    expect({ discarded, reports }).toEqual({ discarded: [FILE], reports: 1 });
    expect(await clean(false)).toEqual([]);
    expect(reports).toBe(1);
  });

  it('are not what runs, is served, or was asked for as a part', async () => {
    await place(FILE, 8, { busy: true });
    await place(OTHER, 8, { unfinished: false });
    await place('d'.repeat(64) as FileId, 8, { usedAt: NOW - DAY });
    expect(await clean(false)).toEqual([]);
  });

  it('are records of commands whose outcome is known', async () => {
    const command = (commandId: string): DownloadCommand => ({
      ...{ commandId, distributionId: 'd1', epoch: 0, fileId: FILE, name: 'music.txt', force: false },
    });
    now = NOW - 8 * DAY;
    for (const id of ['told', 'untold', 'running']) await store.accept(command(id));
    for (const id of ['told', 'untold']) await store.settle(id, { name: 'download.failed', body: {} });
    await store.markTold('told');
    now = NOW;
    expect(await clean(true)).toMatchObject([{ kind: 'command-records', count: 1 }]);
    expect(await readdir(join(folder, 'commands'))).toHaveLength(3);
    expect(await clean(false)).toMatchObject([{ kind: 'command-records', count: 1 }]);
    expect(await readdir(join(folder, 'commands'))).toHaveLength(2);
    expect(store.find('told')).toBeUndefined();
    expect(store.find('untold')).toBeDefined();
  });
});
