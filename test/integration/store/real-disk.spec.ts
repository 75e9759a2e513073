import {
  appendFile,
  chmod,
  mkdir,
  readFile,
  readdir,
  rename,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, it, expect, beforeEach, afterEach } from '@jest/globals';
import { KIB, MIB } from '#core';
import { Catalogue, confine, nodeFileSystem, type ChunkStore, type Locks, type StoreEvent } from '#engine';
import { digestWithIdentity } from '#chunking';
import { MemoryLocks, sampleFile, type SampleFile } from '#testing';
import { asOtherUser } from './other-user.js';
import { temporaryFolder } from './temporary-folder.js';

const file = sampleFile(3 * MIB + 5, 64 * KIB);
const { manifest } = file;
const { fileId } = manifest;

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let home: string;
let events: StoreEvent[];
const running: Catalogue[] = [];

/** `locks`: MemoryLocks stands for a process of its own after one that was killed without letting go. */
const start = async (locks?: Locks): Promise<Catalogue> => {
  const dataFolder = join(folder.path, 'data');
  const catalogue = new Catalogue({
    dataFolder,
    report: (event) => void events.push(event),
    ...(locks && { locks }),
  });
  await catalogue.start();
  running.push(catalogue);
  return catalogue;
};
const fill = async (
  store: ChunkStore,
  chunks: Iterable<number> = store.wanted,
  from: SampleFile = file,
): Promise<void> => {
  for (const chunk of chunks) await store.write(chunk, from.chunk(chunk));
};
const fail = (code: string): unknown => expect.objectContaining({ code });
const same = async (path: string): Promise<boolean> => (await readFile(path)).equals(Buffer.from(file.bytes));

beforeEach(async () => {
  folder = await temporaryFolder();
  home = join(folder.path, 'home');
  await mkdir(home);
  events = [];
});
afterEach(async () => {
  for (const catalogue of running.splice(0)) await catalogue.stop().catch(() => undefined);
  await folder.remove();
});

describe('a download on a real disk', () => {
  it('arrives whole, with nothing beside it, readable as any new file', async () => {
    const catalogue = await start();
    const target = join(home, 'music.txt');
    const store = await catalogue.createPart({ manifest, target, force: false });
    const order = [...store.wanted].reverse();
    await Promise.all(order.map((chunk) => store.write(chunk, file.chunk(chunk))));
    await store.checkpoint();
    await store.publish();
    expect(await same(target)).toBe(true);
    expect(await readdir(home)).toEqual(['music.txt']);
    const { mode, nlink } = await stat(target);
    expect([mode & 0o777, nlink]).toEqual([0o666 & ~process.umask(), 1]);
  });

  it.each([
    ['spaces', 'a b  c .txt'],
    ['a leading dash', '-rf'],
    ['unicode', 'Ünïcödé 日本 🎵.txt'],
    ['255 bytes', `${'x'.repeat(251)}.txt`],
    ['255 bytes of unicode', '日'.repeat(85)],
    ['a backslash and quotes', `a\\b'c"d`],
  ])('takes a name with %s', async (_, name) => {
    const catalogue = await start();
    const small = sampleFile(10);
    const target = await confine(nodeFileSystem, home, name);
    const store = await catalogue.createPart({ manifest: small.manifest, target, force: false });
    await fill(store, [0], small);
    await store.publish();
    expect(await readdir(home)).toEqual([name]);
  });

  it('takes no space for what it does not have yet', async () => {
    const catalogue = await start();
    const big = sampleFile(64 * MIB, 8 * MIB);
    const only = [{ start: 7, end: 8 }];
    const store = await catalogue.createPart({
      manifest: big.manifest,
      target: join(home, 'big'),
      force: false,
      only,
    });
    await fill(store, [7], big);
    await store.pause();
    const { size, blocks } = await stat(store.path);
    expect(size).toBe(64 * MIB);
    expect(blocks * 512).toBeLessThan(9 * MIB);
  });

  it('goes on after a kill with all that was written, checkpoint or not', async () => {
    const target = join(home, 'music.txt');
    const killed = await start();
    const before = await killed.createPart({ manifest, target, force: false });
    await fill(before, [0, 5, 9]);
    await before.checkpoint();
    await fill(before, [20, 48]);
    const catalogue = await start(new MemoryLocks());
    const store = await catalogue.createPart({ manifest, target, force: false });
    expect([...store.chunks]).toEqual([0, 5, 9, 20, 48]);
    await fill(store);
    await store.publish();
    expect(await same(target)).toBe(true);
    expect(await readdir(join(folder.path, 'data', 'catalogue'))).toEqual([`${fileId}.json`]);
  });

  it('does not replace what appears at its target, and does by force', async () => {
    const catalogue = await start();
    const target = join(home, 'music.txt');
    const store = await catalogue.createPart({ manifest, target, force: false });
    await fill(store);
    await writeFile(target, 'mine');
    await expect(store.publish()).rejects.toEqual(fail('target-exists'));
    expect(await readFile(target, 'utf8')).toBe('mine');
    await store.pause();
    const forced = await catalogue.createPart({ manifest, target, force: true });
    await forced.publish();
    expect(await same(target)).toBe(true);
    expect(await readdir(home)).toEqual(['music.txt']);
  });

  it('replaces a symbolic link and leaves what it leads to', async () => {
    const catalogue = await start();
    const precious = join(folder.path, 'precious');
    const target = join(home, 'link');
    await writeFile(precious, 'mine');
    await symlink(precious, target);
    await expect(catalogue.createPart({ manifest, target, force: false })).rejects.toEqual(
      fail('target-exists'),
    );
    const store = await catalogue.createPart({ manifest, target, force: true });
    await fill(store);
    await store.publish();
    expect([await readFile(precious, 'utf8'), await same(target)]).toEqual(['mine', true]);
  });

  it('needs a folder that it may write to', async () => {
    const catalogue = await start();
    const order = (target: string) => ({ manifest, target, force: true });
    await expect(catalogue.createPart(order(join(home, 'none', 'x')))).rejects.toEqual(fail('bad-path'));
    await expect(catalogue.createPart(order(home))).rejects.toEqual(fail('bad-path'));
    await chmod(home, 0o555);
    await asOtherUser(folder.path, async () => {
      await expect(catalogue.createPart(order(join(home, 'x')))).rejects.toEqual(fail('not-allowed'));
    });
    await chmod(home, 0o755);
  });

  it('notices that its part file was deleted', async () => {
    const catalogue = await start();
    const store = await catalogue.createPart({ manifest, target: join(home, 'x'), force: false });
    await fill(store, [0]);
    await rm(store.path);
    await expect(store.checkpoint()).rejects.toEqual(fail('file-changed'));
    expect(events).toEqual([expect.objectContaining({ kind: 'retracted', fileId })]);
  });
});

describe('a file that is served on a real disk', () => {
  const serve = async (): Promise<{ catalogue: Catalogue; store: ChunkStore; path: string }> => {
    const path = join(home, 'original');
    await writeFile(path, file.bytes);
    const { manifest: found, identity } = await digestWithIdentity(path, { chunkSize: 64 * KIB });
    const catalogue = await start();
    return {
      catalogue,
      store: await catalogue.openComplete({ manifest: found, path, identity, name: 'x' }),
      path,
    };
  };
  const readAll = async (store: ChunkStore): Promise<void> => {
    const into = Buffer.alloc(64 * KIB);
    for (const chunk of store.chunks) {
      const read = await store.readInto(chunk, 0, into);
      expect(store.manifest.verify(chunk, into.subarray(0, read))).toBe(true);
    }
  };

  it('is read by chunks, in any slices', async () => {
    const { store } = await serve();
    await readAll(store);
    const into = Buffer.alloc(100);
    expect(await store.readInto(48, 0, into)).toBe(5);
    expect(into.subarray(0, 5)).toEqual(Buffer.from(file.chunk(48)));
  });

  it('is known after a restart', async () => {
    const { catalogue } = await serve();
    await catalogue.stop();
    const again = await start();
    await readAll(again.get(fileId) as ChunkStore);
  });

  it.each([
    ['written to', async (path: string) => appendFile(path, 'x')],
    ['touched', async (path: string) => utimes(path, 1, 1)],
    ['moved', async (path: string) => rename(path, join(dirname(path), 'moved'))],
    ['deleted', async (path: string) => rm(path)],
    [
      'replaced by a copy',
      async (path: string) => {
        await writeFile(`${path}.new`, file.bytes);
        await rename(`${path}.new`, path);
      },
    ],
  ])('is not served once it was %s', async (_, change) => {
    const { catalogue, store, path } = await serve();
    await readAll(store);
    await change(path);
    await expect(store.readInto(0, 0, Buffer.alloc(10))).rejects.toEqual(fail('file-changed'));
    expect(catalogue.list()).toEqual([]);
    expect(events).toEqual([expect.objectContaining({ kind: 'retracted', fileId, path })]);
  });

  it('that changed between digest and serving is refused', async () => {
    const path = join(home, 'original');
    await writeFile(path, file.bytes);
    const { manifest: found, identity } = await digestWithIdentity(path, { chunkSize: 64 * KIB });
    await utimes(path, 1, 1);
    const catalogue = await start();
    await expect(catalogue.openComplete({ manifest: found, path, identity })).rejects.toEqual(
      fail('file-changed'),
    );
  });
});

describe('confine on a real disk', () => {
  it('does not follow a symbolic link out', async () => {
    await symlink(folder.path, join(home, 'out'));
    await symlink('inside', join(home, 'in'));
    await mkdir(join(home, 'inside'));
    await expect(confine(nodeFileSystem, home, 'out/x')).rejects.toEqual(fail('not-allowed'));
    expect(await confine(nodeFileSystem, home, 'in/x')).toBe(join(home, 'inside', 'x'));
    await expect(confine(nodeFileSystem, home, '../data')).rejects.toEqual(fail('bad-path'));
  });
});
