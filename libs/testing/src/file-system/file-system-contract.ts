import { describe, it, expect, beforeEach, afterEach } from '@jest/globals';
import type { FileSystem, OpenMode } from '#engine';

export interface FileSystemUnderTest {
  readonly fs: FileSystem;
  /** An empty folder, without symbolic links in its path. */
  readonly folder: string;
  /** Makes a symbolic link, which the port cannot. */
  symlink(path: string, to: string): Promise<void>;
  tearDown(): Promise<void>;
}

/** What the store relies on, for every adapter of its file system port. */
export const fileSystemContract = (name: string, setUp: () => Promise<FileSystemUnderTest>): void => {
  describe(`file system contract: ${name}`, () => {
    let test: FileSystemUnderTest;
    let fs: FileSystem;
    const at = (path: string): string => `${test.folder}/${path}`;
    const code = (expected: string): unknown => expect.objectContaining({ code: expected });

    const put = async (path: string, text: string, mode: OpenMode = 'create'): Promise<void> => {
      const file = await fs.open(at(path), mode);
      await file.write(Buffer.from(text), 0);
      await file.close();
    };
    const get = async (path: string): Promise<string> => {
      const file = await fs.open(at(path), 'read');
      const bytes = Buffer.alloc((await file.stat()).size);
      const read = await file.read(bytes, 0);
      await file.close();
      return bytes.subarray(0, read).toString();
    };

    beforeEach(async () => {
      test = await setUp();
      fs = test.fs;
    });
    afterEach(() => test.tearDown());

    it('reads what was written, at any position', async () => {
      const file = await fs.open(at('a'), 'create');
      await file.write(Buffer.from('world'), 6);
      await file.write(Buffer.from('hello '), 0);
      const bytes = Buffer.alloc(20);
      expect(await file.read(bytes, 3)).toBe(8);
      expect(bytes.subarray(0, 8).toString()).toBe('lo world');
      expect(await file.read(bytes, 11)).toBe(0);
      await file.datasync();
      await file.sync();
      await file.close();
      expect(await get('a')).toBe('hello world');
    });

    it('tells what is at the path of an open file now', async () => {
      await put('a', 'hello');
      const file = await fs.open(at('a'), 'read');
      const { inode } = await file.stat();
      expect(await file.statPath()).toMatchObject({ inode, size: 5 });
      await put('b', 'other file');
      await fs.rename(at('b'), at('a'));
      expect(await file.statPath()).toMatchObject({ size: 10 });
      expect((await file.statPath()).inode).not.toBe(inode);
      await fs.unlink(at('a'));
      await expect(file.statPath()).rejects.toEqual(code('ENOENT'));
      expect(await file.stat()).toMatchObject({ inode, size: 5 });
      await file.close();
    });

    it('has zeros where nothing was written, after growing too', async () => {
      const file = await fs.open(at('a'), 'create');
      await file.truncate(4);
      await file.write(Buffer.from('x'), 6);
      await file.close();
      expect(await get('a')).toBe('\0\0\0\0\0\0x');
      expect(await fs.stat(at('a'))).toMatchObject({ kind: 'file', size: 7, owner: fs.user });
    });

    it('is cut by truncate', async () => {
      await put('a', 'hello');
      const file = await fs.open(at('a'), 'read-write');
      await file.truncate(2);
      await file.close();
      expect(await get('a')).toBe('he');
    });

    it('creates only what is not there', async () => {
      await put('a', 'mine');
      await test.symlink(at('dangling'), at('nowhere'));
      await expect(fs.open(at('a'), 'create')).rejects.toEqual(code('EEXIST'));
      await expect(fs.open(at('dangling'), 'create')).rejects.toEqual(code('EEXIST'));
      expect(await get('a')).toBe('mine');
    });

    it('overwrites', async () => {
      await put('a', 'something long', 'overwrite');
      await put('a', 'short', 'overwrite');
      expect(await get('a')).toBe('short');
    });

    it('opens for writing only what is there, and never through a symbolic link', async () => {
      await put('a', 'hello');
      await test.symlink(at('link'), at('a'));
      await expect(fs.open(at('b'), 'read-write')).rejects.toEqual(code('ENOENT'));
      await expect(fs.open(at('link'), 'read-write')).rejects.toEqual(code('ELOOP'));
      await expect(fs.open(at('link'), 'overwrite')).rejects.toEqual(code('ELOOP'));
      expect(await get('link')).toBe('hello');
    });

    it('tells a changed file by its identity', async () => {
      await put('a', 'hello');
      const before = await fs.stat(at('a'));
      expect(await fs.stat(at('a'))).toEqual(before);
      await fs.rename(at('a'), at('b'));
      const { kind, device, inode, size, modified } = before;
      expect(await fs.stat(at('b'))).toMatchObject({ kind, device, inode, size, modified });
      await put('a', 'hello');
      expect((await fs.stat(at('a'))).inode).not.toBe(inode);
    });

    it('replaces by rename, and never a folder', async () => {
      await put('new', 'new');
      await put('old', 'old');
      await fs.makeFolder(at('folder'));
      await fs.rename(at('new'), at('old'));
      expect(await get('old')).toBe('new');
      await expect(fs.lstat(at('new'))).rejects.toEqual(code('ENOENT'));
      await expect(fs.rename(at('old'), at('folder'))).rejects.toEqual(code('EISDIR'));
      await expect(fs.rename(at('new'), at('other'))).rejects.toEqual(code('ENOENT'));
    });

    it('replaces a symbolic link, not what it points to', async () => {
      await put('kept', 'kept');
      await put('new', 'new');
      await test.symlink(at('link'), at('kept'));
      await fs.rename(at('new'), at('link'));
      expect([await get('link'), await get('kept')]).toEqual(['new', 'kept']);
      expect((await fs.lstat(at('link'))).kind).toBe('file');
    });

    it('links only to a name that nothing has', async () => {
      await put('a', 'hello');
      await put('taken', 'mine');
      await test.symlink(at('dangling'), at('nowhere'));
      await fs.link(at('a'), at('b'));
      expect((await fs.stat(at('b'))).inode).toBe((await fs.stat(at('a'))).inode);
      await expect(fs.link(at('a'), at('taken'))).rejects.toEqual(code('EEXIST'));
      await expect(fs.link(at('a'), at('dangling'))).rejects.toEqual(code('EEXIST'));
      await fs.unlink(at('a'));
      expect([await get('b'), await get('taken')]).toEqual(['hello', 'mine']);
    });

    it('goes on with an open file whose name is gone', async () => {
      await put('a', 'hello');
      const file = await fs.open(at('a'), 'read');
      await fs.unlink(at('a'));
      const bytes = Buffer.alloc(5);
      expect(await file.read(bytes, 0)).toBe(5);
      await file.close();
      await expect(file.read(bytes, 0)).rejects.toMatchObject({ code: 'EBADF' });
      await expect(fs.unlink(at('a'))).rejects.toEqual(code('ENOENT'));
    });

    it('makes, lists and syncs folders', async () => {
      await fs.makeFolder(at('x/y'));
      await fs.makeFolder(at('x/y'));
      await put('x/y/b', '');
      await put('x/y/a', '');
      expect((await fs.list(at('x/y'))).sort()).toEqual(['a', 'b']);
      await fs.syncFolder(at('x/y'));
      await put('plain', '');
      await expect(fs.makeFolder(at('plain/below'))).rejects.toEqual(code('ENOTDIR'));
      expect((await fs.stat(at('x'))).kind).toBe('folder');
    });

    it('resolves symbolic links', async () => {
      await fs.makeFolder(at('real'));
      await put('real/a', 'hello');
      await test.symlink(at('short'), at('real'));
      await test.symlink(at('round'), at('round'));
      expect(await fs.realpath(at('short/a'))).toBe(at('real/a'));
      expect([(await fs.lstat(at('short'))).kind, (await fs.stat(at('short'))).kind]).toEqual([
        'link',
        'folder',
      ]);
      await expect(fs.realpath(at('short/b'))).rejects.toEqual(code('ENOENT'));
      await expect(fs.stat(at('round'))).rejects.toEqual(code('ELOOP'));
    });

    it('makes files and folders of exactly these modes, and links', async () => {
      await fs.createFolder(at('d'));
      const file = await fs.createFile(at('d/a'), 0o666);
      await file.write(Buffer.from('hello'), 0);
      await file.close();
      await fs.createLink(at('d/link'), 'a');
      await fs.setMode(at('d'), 0o577);
      await fs.syncAll(at('d'));
      expect(await get('d/link')).toBe('hello');
      expect(await fs.readLink(at('d/link'))).toBe('a');
      expect([(await fs.stat(at('d'))).mode, (await fs.stat(at('d/a'))).mode]).toEqual([0o577, 0o666]);
      await expect(fs.createFolder(at('d'))).rejects.toEqual(code('EEXIST'));
      await expect(fs.createFile(at('d/link'), 0o644)).rejects.toEqual(code('EEXIST'));
      await expect(fs.createLink(at('d/a'), 'b')).rejects.toEqual(code('EEXIST'));
      await expect(fs.readLink(at('d/a'))).rejects.toEqual(code('EINVAL'));
    });

    it('moves folders, and only to where nothing is lost', async () => {
      await fs.makeFolder(at('from/deep'));
      await fs.makeFolder(at('empty'));
      await fs.makeFolder(at('full/x'));
      await put('file', '');
      await expect(fs.rename(at('from'), at('full'))).rejects.toEqual(code('ENOTEMPTY'));
      await expect(fs.rename(at('from'), at('file'))).rejects.toEqual(code('ENOTDIR'));
      await fs.rename(at('from'), at('moved'));
      await fs.rename(at('moved'), at('empty'));
      expect(await fs.list(at('empty'))).toEqual(['deep']);
      await expect(fs.lstat(at('moved'))).rejects.toEqual(code('ENOENT'));
    });

    it('removes a folder with all below, and no more than a link itself', async () => {
      await fs.makeFolder(at('d/deep/er'));
      await put('kept', 'kept');
      await test.symlink(at('d/deep/link'), at('kept'));
      await fs.setMode(at('d/deep'), 0o500);
      await fs.removeAll(at('d'));
      await expect(fs.lstat(at('d'))).rejects.toEqual(code('ENOENT'));
      await fs.makeFolder(at('e'));
      await test.symlink(at('toE'), at('e'));
      await fs.removeAll(at('toE'));
      await fs.removeAll(at('nothing'));
      expect((await fs.list(test.folder)).sort()).toEqual(['e', 'kept']);
    });

    it.each([
      ['with NUL', 'a\0b', 'ERR_INVALID_ARG_VALUE'],
      ['with a name of 256 bytes', 'x'.repeat(256), 'ENAMETOOLONG'],
      ['in a missing folder', 'missing/a', 'ENOENT'],
    ])('refuses a path %s', async (_, path, expected) => {
      await expect(fs.open(at(path), 'create')).rejects.toEqual(code(expected));
      await expect(fs.lstat(at(path))).rejects.toEqual(code(expected));
    });

    it('says how much may be written', async () => {
      expect(await fs.freeSpace(test.folder)).toBeGreaterThan(0);
    });
  });
};
