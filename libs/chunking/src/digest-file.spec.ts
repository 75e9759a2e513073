import { describe, it, expect, beforeEach } from '@jest/globals';
import { KIB } from '#core';
import { FakeFileSystem, sampleFile } from '#testing';
import { digestFile, digestWithIdentity } from './digest-file.js';

const SLICE = 512 * KIB;
const fail = (code: string): unknown => expect.objectContaining({ code });

let fs: FakeFileSystem;
beforeEach(() => {
  fs = new FakeFileSystem();
});

describe('digestFile', () => {
  it.each([0, 1, SLICE - 1, SLICE, SLICE + 1, 2 * SLICE + 5])(
    'makes the manifest of %i bytes',
    async (size) => {
      const file = sampleFile(size, 64 * KIB);
      fs.addFile('/file', file.bytes);
      const seen: number[] = [];
      const manifest = await digestFile('/file', { fs, onProgress: (bytes) => void seen.push(bytes) });
      expect(manifest.fileId).toBe(file.manifest.fileId);
      expect(seen.at(-1) ?? 0).toBe(size);
      expect(seen).toEqual([...seen].sort((a, b) => a - b));
    },
  );

  it.each([-1, 0, 1])('of a chunk and %i bytes has the right chunks', async (more) => {
    const file = sampleFile(4_096 + more, 4_096);
    fs.addFile('/file', file.bytes);
    expect(await digestFile('/file', { fs, chunkSize: 4_096 })).toMatchObject({
      fileId: file.manifest.fileId,
      chunkCount: more > 0 ? 2 : 1,
    });
  });

  it('says by what the file is known again', async () => {
    fs.addFile('/file', Buffer.from('hello'));
    const { device, inode, size, modified } = await fs.stat('/file');
    expect((await digestWithIdentity('/file', { fs })).identity).toEqual({ device, inode, size, modified });
  });

  it.each([0, 1, 1_023, 65 * 1_024 * KIB, Number.NaN])('refuses a chunk size of %d', async (chunkSize) => {
    fs.addFile('/file', Buffer.from('hello'));
    await expect(digestFile('/file', { fs, chunkSize })).rejects.toEqual(fail('bad-size'));
  });

  it('refuses what is not a plain file', async () => {
    await fs.makeFolder('/folder');
    await expect(digestFile('/folder', { fs })).rejects.toEqual(fail('bad-path'));
    await expect(digestFile('/missing', { fs })).rejects.toEqual(fail('not-found'));
    await expect(digestFile('/a\0b', { fs })).rejects.toEqual(fail('bad-path'));
  });

  it.each([
    ['open', 'EACCES', 'not-allowed'],
    ['read', 'EIO', 'disk-failed'],
    ['open', 'EMFILE', 'limit-exceeded'],
  ] as const)('that cannot %s (%s) is %s', async (operation, code, expected) => {
    fs.addFile('/file', new Uint8Array(3 * SLICE));
    fs.faults.add(operation, code);
    await expect(digestFile('/file', { fs })).rejects.toEqual(fail(expected));
  });

  const changes: [string, () => void | Promise<void>][] = [
    ['written to', () => fs.tamper('/file', ({ content }) => content.write(Buffer.from('x'), 0))],
    [
      'written to behind what was read',
      () => fs.tamper('/file', ({ content }) => content.write(Buffer.from('x'), 9)),
    ],
    ['cut', () => fs.tamper('/file', ({ content }) => content.truncate(SLICE + 7))],
    ['longer', () => fs.tamper('/file', ({ content }) => content.truncate(4 * SLICE))],
    ['deleted', () => fs.unlink('/file')],
    ['replaced', () => fs.addFile('/file', new Uint8Array(3 * SLICE))],
  ];
  it.each(changes)('notices that the file is %s meanwhile', async (_, change) => {
    fs.addFile('/file', new Uint8Array(3 * SLICE));
    let changed: unknown;
    const onProgress = (bytes: number): void => void (bytes === SLICE && (changed = change()));
    await expect(digestFile('/file', { fs, onProgress })).rejects.toEqual(fail('file-changed'));
    await changed;
  });

  it('can be cancelled', async () => {
    fs.addFile('/file', new Uint8Array(3 * SLICE));
    const abort = new AbortController();
    let slices = 0;
    const onProgress = (): void => void (++slices === 1 && abort.abort());
    await expect(digestFile('/file', { fs, signal: abort.signal, onProgress })).rejects.toEqual(
      fail('cancelled'),
    );
    expect(slices).toBe(1);
  });
});
