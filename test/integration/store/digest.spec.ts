import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createServer } from 'node:net';
import { chmod, mkdir, open, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, it, expect, beforeEach, afterEach } from '@jest/globals';
import { digestFile, formatManifestDocument, parseManifestDocument } from '#chunking';
import { MIB } from '#core';
import { sampleFile } from '#testing';
import { asOtherUser } from './other-user.js';
import { temporaryFolder } from './temporary-folder.js';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let path: string;
beforeEach(async () => {
  folder = await temporaryFolder();
  path = join(folder.path, 'file');
});
afterEach(() => folder.remove());

const fail = (code: string): unknown => expect.objectContaining({ code });

describe('digestFile on a real disk', () => {
  it.each([0, 1, 65_535, 65_536, 65_537, 3_000_000])('digests %i bytes', async (size) => {
    const { bytes, manifest } = sampleFile(size, 65_536);
    await writeFile(path, bytes);
    const found = await digestFile(path);
    expect(found.toDocument()).toEqual(manifest.toDocument());
    expect(found.sha256).toBe(createHash('sha256').update(bytes).digest('hex'));
    const text = formatManifestDocument(found, 'file');
    expect(parseManifestDocument(text).manifest.fileId).toBe(manifest.fileId);
  });

  it('follows a symbolic link', async () => {
    await writeFile(path, 'hello');
    await symlink(path, `${path}-link`);
    expect((await digestFile(`${path}-link`)).size).toBe(5);
  });

  it('does not hang on a pipe, a socket or a folder', async () => {
    await promisify(execFile)('mkfifo', [path]);
    await expect(digestFile(path)).rejects.toEqual(fail('bad-path'));
    await expect(digestFile('/dev/zero')).rejects.toEqual(fail('bad-path'));
    await mkdir(`${path}-folder`);
    await expect(digestFile(`${path}-folder`)).rejects.toEqual(fail('bad-path'));
    const server = createServer().listen(`${path}-socket`);
    await new Promise((resolve) => server.once('listening', resolve));
    await expect(digestFile(`${path}-socket`)).rejects.toEqual(fail('bad-path'));
    await new Promise((resolve) => server.close(resolve));
  });

  it('says when it may not read', async () => {
    await writeFile(path, 'secret');
    await chmod(path, 0o000);
    await asOtherUser(folder.path, async () => {
      await expect(digestFile(path)).rejects.toEqual(fail('not-allowed'));
    });
  });

  it('notices a file that is written to, cut or removed while it is read', async () => {
    const size = 4 * MIB;
    const changes = [
      async () => {
        const file = await open(path, 'r+');
        await file.write('x', 0);
        await file.close();
      },
      () => truncate(path, 1_000_000),
      () => rm(path),
    ];
    for (const change of changes) {
      await writeFile(path, new Uint8Array(size));
      let changing: Promise<void> | undefined;
      const onProgress = (): void => void (changing ??= change());
      await expect(digestFile(path, { onProgress })).rejects.toEqual(fail('file-changed'));
      await changing;
    }
  });

  it('needs little memory for a large file', async () => {
    await writeFile(path, '');
    await truncate(path, 256 * MIB); // sparse: it reads as zeros
    const before = process.memoryUsage().arrayBuffers;
    let most = 0;
    await digestFile(path, {
      onProgress: () => void (most = Math.max(most, process.memoryUsage().arrayBuffers - before)),
    });
    expect(most).toBeLessThan(8 * MIB);
  });
});
