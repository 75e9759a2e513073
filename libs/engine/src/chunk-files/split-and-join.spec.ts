import { beforeEach, describe, expect, it } from '@jest/globals';
import { Manifest, manifestFileName } from '#chunking';
import { FakeFileSystem, sampleFile } from '#testing';
import { findManifestFile } from './find-manifest-file.js';
import { joinChunkFiles, type JoinOrder } from './join-chunk-files.js';
import { splitFile } from './split-file.js';

const CHUNK = 1_024;
const sample = sampleFile(5 * CHUNK + 100, CHUNK);
const failure = (code: string, message: RegExp): unknown =>
  expect.objectContaining({ code, message: expect.stringMatching(message) });

describe('chunk files', () => {
  let fs: FakeFileSystem;
  beforeEach(async () => {
    fs = new FakeFileSystem();
    await fs.makeFolder('/home');
    await fs.makeFolder('/chunks');
    fs.addFile('/home/music.txt', sample.bytes);
  });

  const split = (more: { force?: boolean; chunkSize?: number; path?: string } = {}) =>
    splitFile({ path: '/home/music.txt', folder: '/chunks', chunkSize: CHUNK, force: false, ...more }, fs);
  const join = async (more: Partial<JoinOrder> = {}): Promise<string> => {
    const { manifest, name } = await findManifestFile('/chunks', fs);
    return joinChunkFiles(
      { folder: '/chunks', manifest, name, target: '/home/joined.txt', force: false, ...more },
      fs,
    );
  };
  const joined = (): Uint8Array | undefined => fs.bytesOf('/home/joined.txt');
  /** Nothing but what is named lies in the folder. */
  const only = async (folder: string, ...names: string[]): Promise<void> =>
    expect((await fs.list(folder)).sort()).toEqual(names.sort());
  const chunkNames = Array.from({ length: 6 }, (_, chunk) => `music${chunk + 1}.txt`);

  it('are made as in the manifest, with a manifest file beside them', async () => {
    const { manifest, manifestFile } = await split();
    expect(manifest.fileId).toBe(sample.manifest.fileId);
    expect(manifestFile).toBe('/chunks/music.txt.manifest.json');
    await only('/chunks', ...chunkNames, 'music.txt.manifest.json');
    for (const [chunk, name] of chunkNames.entries()) {
      expect(fs.bytesOf(`/chunks/${name}`)).toEqual(sample.chunk(chunk));
    }
  });

  it('join to the file they were cut from', async () => {
    await split();
    expect(await join()).toBe('/home/joined.txt');
    expect(joined()).toEqual(sample.bytes);
    await only('/home', 'music.txt', 'joined.txt');
  });

  it.each([
    ['empty', 0, CHUNK],
    ['of one byte', 1, CHUNK],
    ['of exactly one chunk', CHUNK, CHUNK],
    ['of a chunk and a byte', CHUNK + 1, CHUNK],
    ['of a chunk less a byte', CHUNK - 1, CHUNK],
    ['of chunks larger than what is read at once', 1_100 * CHUNK, 700 * CHUNK],
    ['of chunks that no slice ends with', 600_000, 300_001],
  ])('of a file %s', async (_what, size, chunkSize) => {
    const { bytes } = sampleFile(size, chunkSize);
    fs.addFile('/home/music.txt', bytes);
    await split({ chunkSize });
    await join();
    expect(Buffer.from(bytes).equals(joined() as Uint8Array)).toBe(true);
  });

  it('are found by their bytes, whatever they are called, among foreign files', async () => {
    await split();
    for (const [at, name] of chunkNames.entries()) {
      await fs.rename(`/chunks/${name}`, `/chunks/${at === 2 ? 'music1.txt' : `z${9 - at}`}`);
      if (at === 0) fs.addFile('/chunks/music1.txt', sample.chunk(3));
    }
    fs.addFile('/chunks/foreign', Buffer.alloc(CHUNK, 1));
    fs.addFile('/chunks/notes.txt', Buffer.from('mine'));
    await fs.makeFolder('/chunks/folder');
    await join();
    expect(joined()).toEqual(sample.bytes);
  });

  it('that are alike need to be there once', async () => {
    fs.addFile('/home/music.txt', new Uint8Array(4 * CHUNK));
    await split();
    for (const number of [1, 2, 4]) await fs.unlink(`/chunks/music${number}.txt`);
    await join();
    expect(joined()).toEqual(new Uint8Array(4 * CHUNK));
  });

  it('that are missing or wrong are named, and nothing is written', async () => {
    await split();
    await fs.unlink('/chunks/music1.txt');
    await fs.unlink('/chunks/music4.txt');
    await expect(join()).rejects.toEqual(
      failure('not-found', /^chunks 1, 4 are missing \(music1\.txt, music4\.txt\)$/),
    );
    fs.tamper('/chunks/music2.txt', ({ content }) => content.write(Buffer.from('x'), 9));
    fs.tamper('/chunks/music3.txt', ({ content }) => content.truncate(CHUNK - 1));
    fs.addLink('/chunks/music1.txt', '/home/music.txt');
    await expect(join()).rejects.toEqual(
      failure(
        'chunk-wrong-digest',
        /^chunk 4 is missing \(music4\.txt\); music1\.txt is not chunk 1: it is a symbolic link; music2\.txt is not chunk 2: it has other bytes; music3\.txt is not chunk 3: it has 1023 bytes instead of 1024$/,
      ),
    );
    await only('/home', 'music.txt');
  });

  it('are never reached through a symbolic link', async () => {
    await split();
    await fs.unlink('/chunks/music2.txt');
    fs.addFile('/home/outside', sample.chunk(1));
    fs.addLink('/chunks/music2.txt', '/home/outside');
    await expect(join()).rejects.toEqual(
      failure('chunk-wrong-digest', /music2\.txt .* it is a symbolic link$/),
    );
  });

  it('whose whole is not what the manifest says are not believed', async () => {
    await split();
    const lie = sampleFile(6 * CHUNK, CHUNK, 2).manifest;
    const { size, chunkSize, digestAlgorithm, digests } = sample.manifest;
    const manifest = new Manifest({ size, chunkSize, digestAlgorithm, digests, sha256: lie.sha256 });
    await expect(join({ manifest })).rejects.toEqual(failure('bad-manifest', /the whole/));
    await only('/home', 'music.txt');
  });

  it('replace nothing without force', async () => {
    await split();
    fs.addFile('/home/joined.txt', Buffer.from('mine'));
    await expect(split()).rejects.toEqual(failure('target-exists', /^music1\.txt, .* there already$/));
    await expect(join()).rejects.toEqual(failure('target-exists', /joined\.txt/));
    expect(joined()).toEqual(Buffer.from('mine'));
    await split({ force: true });
    await join({ force: true });
    expect(joined()).toEqual(sample.bytes);
  });

  it('leave nothing when one of them appears while they are made', async () => {
    const list = fs.list.bind(fs);
    fs.list = async (path) => {
      const names = await list(path);
      fs.addFile('/chunks/music3.txt', Buffer.from('mine'));
      return names;
    };
    await expect(split()).rejects.toEqual(failure('target-exists', /music3/));
    await only('/chunks', 'music3.txt');
    expect(fs.bytesOf('/chunks/music3.txt')).toEqual(Buffer.from('mine'));
  });

  it('leave nothing when the disk is full', async () => {
    fs.faults.add('write', 'ENOSPC');
    await expect(split()).rejects.toEqual(failure('disk-full', /no space/));
    await only('/chunks');
  });

  it('do not replace the file they are cut from', async () => {
    const path = '/chunks/music.txt.manifest.json';
    fs.addFile(path, sample.bytes);
    const order = { path, folder: '/chunks', name: 'music.txt', chunkSize: CHUNK, force: true };
    await expect(splitFile(order, fs)).rejects.toEqual(failure('bad-path', /itself/));
    expect(fs.bytesOf(path)).toEqual(sample.bytes);
  });

  it('take names of 255 bytes', async () => {
    const name = `${'ü'.repeat(125)}.text`;
    await fs.rename('/home/music.txt', `/home/${name}`).catch(() => undefined);
    await split({ path: `/home/${name}` });
    expect(await fs.list('/chunks')).toContain(manifestFileName(name));
    await join();
    expect(joined()).toEqual(sample.bytes);
  });
});

describe('the manifest file of a folder', () => {
  const fs = new FakeFileSystem();
  beforeEach(() => fs.makeFolder('/empty'));

  it('must be there, be one, and prove itself', async () => {
    await expect(findManifestFile('/empty', fs)).rejects.toEqual(failure('not-found', /no manifest file/));
    await expect(findManifestFile('/nowhere', fs)).rejects.toEqual(failure('not-found', /folder \/nowhere/));
    fs.addFile('/empty/a.manifest.json', Buffer.from('{"shoal-manifest": 1}'));
    await expect(findManifestFile('/empty', fs)).rejects.toEqual(
      failure('bad-manifest', /^\/empty\/a\.manifest/),
    );
    fs.addFile('/empty/b.manifest.json', Buffer.from('x'));
    await expect(findManifestFile('/empty', fs)).rejects.toEqual(failure('bad-config', /2 manifest files/));
  });
});
