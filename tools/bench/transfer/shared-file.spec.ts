import { createHash } from 'node:crypto';
import { mkdtemp, open, readFile, rm, truncate, copyFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { MIB } from '#core';
import { makeSharedFile, requireSame } from './shared-file.js';
import type { SharedFile } from './tool.js';

const SIZE = 9 * MIB + 5;

describe('a shared file', () => {
  let folder: string;
  let file: SharedFile;
  let copy: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'shoal-shared-'));
    file = await makeSharedFile(join(folder, 'source'), SIZE);
    copy = join(folder, 'copy');
    await copyFile(file.path, copy);
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('has the digest and size that are told', async () => {
    const bytes = await readFile(file.path);
    expect(bytes).toHaveLength(SIZE);
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(file.sha256);
  });

  it('is the same as its copy', async () => {
    await expect(requireSame(copy, file)).resolves.toBeUndefined();
  });

  it('differs in its last byte', async () => {
    const last = (await readFile(copy))[SIZE - 1] as number;
    const opened = await open(copy, 'r+');
    await opened.write(Buffer.from([last ^ 1]), 0, 1, SIZE - 1);
    await opened.close();
    await expect(requireSame(copy, file)).rejects.toThrow(/differs/);
  });

  it('differs from one that is shorter', async () => {
    await truncate(copy, SIZE - 1);
    await expect(requireSame(copy, file)).rejects.toThrow(/bytes instead of/);
  });
});
