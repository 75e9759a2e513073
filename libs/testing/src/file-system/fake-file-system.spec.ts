import { describe, it, expect } from '@jest/globals';
import { seededRandom } from '#core';
import { FakeFileSystem } from './fake-file-system.js';
import { fileSystemContract } from './file-system-contract.js';

const random = seededRandom(1);

fileSystemContract('in memory', async () => {
  const fs = new FakeFileSystem();
  await fs.makeFolder('/test');
  return {
    fs,
    folder: '/test',
    symlink: async (path, to) => fs.addLink(path, to),
    tearDown: async () => undefined,
  };
});

describe('FakeFileSystem without power', () => {
  const written = async (sync: 'all' | 'file' | 'folder' | 'none'): Promise<FakeFileSystem> => {
    const fs = new FakeFileSystem();
    const file = await fs.open('/a', 'create');
    await file.write(Buffer.from('hello'), 0);
    if (sync === 'all' || sync === 'file') await file.datasync();
    if (sync === 'all' || sync === 'folder') await fs.syncFolder('/');
    return fs;
  };
  const textOf = (fs: FakeFileSystem): string | undefined => {
    const bytes = fs.bytesOf('/a');
    return bytes && Buffer.from(bytes).toString();
  };

  it('keeps what was synced, file and name', async () => {
    expect(textOf((await written('all')).restarted('nothing', random))).toBe('hello');
  });

  it('loses a name whose folder was not synced', async () => {
    expect(textOf((await written('file')).restarted('nothing', random))).toBeUndefined();
  });

  it('loses bytes that were not synced', async () => {
    expect(textOf((await written('folder')).restarted('nothing', random))).toBe('');
  });

  it('may have written everything, or any part', async () => {
    expect(textOf((await written('none')).restarted('everything', random))).toBe('hello');
    const outcomes = new Set<string | undefined>();
    for (let seed = 0; seed < 40; seed++) {
      outcomes.add(textOf((await written('none')).restarted('some', seededRandom(seed))));
    }
    expect([...outcomes].sort()).toEqual(['', 'hello', undefined]);
  });

  it('loses nothing when only the process is killed', async () => {
    expect(textOf((await written('none')).restarted('killed', random))).toBe('hello');
  });

  it('tears a large write at sectors', async () => {
    const fs = new FakeFileSystem();
    const file = await fs.open('/a', 'create');
    await file.truncate(4_096);
    await file.sync();
    await fs.syncFolder('/');
    await file.write(new Uint8Array(4_096).fill(1), 0);
    const after = fs.restarted('some', seededRandom(3)).bytesOf('/a') as Uint8Array;
    const sectors = Array.from(
      { length: 8 },
      (_, index) => new Set(after.subarray(index * 512, index * 512 + 512)),
    );
    expect(sectors.every((sector) => sector.size === 1)).toBe(true);
    expect(new Set(sectors.map((sector) => [...sector][0]))).toEqual(new Set([0, 1]));
  });

  it('forgets bytes of a failed sync even when the next one succeeds', async () => {
    const fs = await written('folder');
    fs.faults.add('sync', 'EIO');
    const file = await fs.open('/a', 'read-write');
    await expect(file.sync()).rejects.toMatchObject({ code: 'EIO' });
    await file.sync();
    expect(textOf(fs)).toBe('hello');
    expect(textOf(fs.restarted('everything', random))).toBe('');
  });

  it('does nothing any more once the power is gone', async () => {
    const fs = await written('all');
    fs.faults.cutPowerAt(fs.faults.steps + 1, true);
    await expect(fs.unlink('/a')).rejects.toMatchObject({ code: 'EPOWER' });
    await expect(fs.stat('/a')).rejects.toMatchObject({ code: 'EPOWER' });
    expect(textOf(fs.restarted('everything', random))).toBeUndefined();
  });
});
