import { describe, it, expect } from '@jest/globals';
import { FakeFileSystem } from '#testing';
import { FolderSyncs } from './folder-syncs.js';

/** A file system whose folder syncs end when they are told to. */
const slow = (): { syncs: FolderSyncs; started: string[]; end: (error?: Error) => void } => {
  const waiting: ((error?: Error) => void)[] = [];
  const started: string[] = [];
  const fs = new FakeFileSystem();
  fs.syncFolder = (path) => {
    started.push(path);
    return new Promise((resolve, reject) => waiting.push((error) => (error ? reject(error) : resolve())));
  };
  return { syncs: new FolderSyncs(fs), started, end: (error) => waiting.shift()?.(error) };
};

describe('FolderSyncs', () => {
  it('syncs once for all who came while a sync ran: that one may have missed them', async () => {
    const { syncs, started, end } = slow();
    const first = syncs.sync('/a');
    const others = [syncs.sync('/a'), syncs.sync('/a'), syncs.sync('/a')];
    expect(started).toEqual(['/a']);
    end();
    await first;
    await new Promise(setImmediate);
    expect(started).toEqual(['/a', '/a']);
    end();
    await Promise.all(others);
    const late = syncs.sync('/a');
    expect(started).toHaveLength(3);
    end();
    await late;
  });

  it('does not let folders wait for each other', () => {
    const { syncs, started } = slow();
    void syncs.sync('/a');
    void syncs.sync('/b');
    expect(started).toEqual(['/a', '/b']);
  });

  it('fails for those whom a failed sync was for, not for the next ones', async () => {
    const { syncs, end } = slow();
    const first = syncs.sync('/a');
    const next = syncs.sync('/a');
    end(new Error('no'));
    await expect(first).rejects.toThrow('no');
    await new Promise(setImmediate);
    end();
    await expect(next).resolves.toBeUndefined();
  });
});
