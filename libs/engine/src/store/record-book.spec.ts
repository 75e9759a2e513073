import { describe, it, expect, beforeEach } from '@jest/globals';
import { seededRandom, type FileId } from '#core';
import { FakeFileSystem, sampleFile, type Fate } from '#testing';
import { RecordBook } from './record-book.js';
import type { FileRecord } from './record.js';

const recordOf = (seed: number, name: string): FileRecord => ({
  manifest: sampleFile(3_000, 1_024, seed).manifest,
  places: [{ kind: 'part', target: '/home/x', name, force: false }],
});
const namesIn = (records: readonly FileRecord[]): unknown[] =>
  records.flatMap(({ places }) => places.map(({ name }) => name)).sort();

let fs: FakeFileSystem;
let book: RecordBook;
beforeEach(async () => {
  fs = new FakeFileSystem();
  await fs.makeFolder('/book');
  book = new RecordBook(fs, '/book');
});

/** What a new process reads after the power was lost; damaged ones count as `damaged`. */
const afterwards = async (fate: Fate | 'killed', seed: number): Promise<unknown[]> => {
  const damaged: string[] = [];
  const records = await new RecordBook(fs.restarted(fate, seededRandom(seed)), '/book').load(() =>
    damaged.push('damaged'),
  );
  return [...namesIn(records), ...damaged];
};

describe('RecordBook', () => {
  it('survives a kill at once', async () => {
    await book.put(recordOf(1, 'a'));
    await book.put(recordOf(2, 'b'));
    expect(await afterwards('killed', 1)).toEqual(['a', 'b']);
  });

  it('survives a power loss after sync', async () => {
    await book.put(recordOf(1, 'a'));
    await book.put(recordOf(2, 'b'));
    await book.remove(recordOf(2, 'b').manifest.fileId);
    await book.sync();
    expect(await afterwards('nothing', 1)).toEqual(['a']);
  });

  it.each(['this process', 'an earlier one'])('never damages a record that %s synced', async (who) => {
    for (let seed = 0; seed < 30; seed++) {
      fs = new FakeFileSystem();
      await fs.makeFolder('/book');
      book = new RecordBook(fs, '/book');
      await book.put(recordOf(1, 'old'));
      await book.sync();
      if (who === 'an earlier one') book = new RecordBook(fs, '/book');
      await book.load(() => undefined);
      await book.put(recordOf(1, 'new'));
      expect([['old'], ['new']]).toContainEqual(await afterwards('some', seed));
    }
  });

  it('tries again after a sync that failed', async () => {
    await book.put(recordOf(1, 'a'));
    fs.faults.add('sync', 'EIO');
    await expect(book.sync()).rejects.toMatchObject({ code: 'EIO' });
    await book.put(recordOf(1, 'a'));
    await book.sync();
    expect(await afterwards('nothing', 1)).toEqual(['a']);
  });

  it('syncs many records without opening all at once', async () => {
    for (let seed = 0; seed < 100; seed++) await book.put(recordOf(seed, `n${seed}`));
    await book.sync();
    expect(await afterwards('nothing', 1)).toHaveLength(100);
  });

  it('removes what is not there', async () => {
    await expect(book.remove('0'.repeat(64) as FileId)).resolves.toBeUndefined();
  });
});
