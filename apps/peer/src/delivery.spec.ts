import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, realpath, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DownloadCommand } from '#contracts';
import { Delivery } from './delivery.js';
import type { DownloadWish } from './download-run.js';
import type { Downloads } from './downloads.js';
import { Roots } from './roots.js';
import { FILE } from './test-support/doubles.js';

describe('delivery', () => {
  let folder: string;
  let wishes: DownloadWish[];
  const delivery = (takesCommands = true): Delivery => {
    const downloads = {
      run: async (wish: DownloadWish) => {
        wishes.push(wish);
        await wish.target({} as never);
        return {};
      },
    } as unknown as Downloads;
    return new Delivery(downloads, new Roots([join(folder, 'root')]), takesCommands);
  };
  const signal = new AbortController().signal;
  const command = (more: Partial<DownloadCommand> = {}): DownloadCommand => ({
    commandId: 'c',
    distributionId: 'd',
    epoch: 0,
    fileId: FILE,
    name: 'music.txt',
    force: false,
    ...more,
  });
  const order = (more: Partial<DownloadCommand> = {}, takes = true) =>
    delivery(takes).forCommand(command(more), () => undefined, signal);
  const wish = (output: string) =>
    delivery().forPerson({ file: 'music.txt', output, force: false }, () => undefined, signal);

  beforeEach(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), 'shoal-delivery-')));
    wishes = [];
    await order();
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('puts a commanded file below the first root, in the folder and under the name of the command', async () => {
    await order({ folder: 'a/b', saveAs: 'song' });
    expect(await wishes[1]?.target({} as never)).toBe(join(folder, 'root/a/b/song'));
  });

  it('has the priority and the limit of the command', async () => {
    await order({ priority: 9, maxDownRate: 1_000 });
    expect(wishes[1]).toMatchObject({ priority: 9, maxDownRate: 1_000 });
  });

  it('takes no orders when it was told not to', async () => {
    await expect(order({}, false)).rejects.toMatchObject({ code: 'not-allowed' });
  });

  it('does not follow a link that leads out of the root', async () => {
    await symlink(folder, join(folder, 'root/out'));
    await expect(order({ folder: 'out' })).rejects.toMatchObject({ code: 'not-allowed' });
    await expect(wish(join(folder, 'root/out/song'))).rejects.toMatchObject({ code: 'not-allowed' });
  });

  it.each([
    ['outside', '/etc/song', 'not-allowed'],
    ['relative', 'song', 'bad-path'],
    ['with NUL', '/a\0b', 'bad-path'],
    ['in a folder that is not there', '/nowhere/song', 'not-found'],
  ])('refuses an output %s', async (_what, output, code) => {
    await expect(wish(output)).rejects.toMatchObject({ code });
  });

  it('refuses the root itself', async () => {
    await expect(wish(join(folder, 'root'))).rejects.toMatchObject({ code: 'not-allowed' });
  });
});
