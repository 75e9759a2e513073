import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, expect, beforeEach, afterEach } from '@jest/globals';
import { ShoalError } from '#core';
import { Catalogue, lockSocketName, processLocks, type LockOrder } from '#engine';
import { temporaryFolder } from './temporary-folder.js';

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
const children: ChildProcess[] = [];
beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await folder.remove();
});

const busy = (pid: number | undefined): ShoalError => new ShoalError('data-folder-in-use', `held by ${pid}`);
const order = (): LockOrder => ({ id: folder.path, file: join(folder.path, 'lock'), busy });
const heldBy = (pid: number | undefined): unknown =>
  expect.objectContaining({ code: 'data-folder-in-use', message: `held by ${pid}` });

const run = async (script: string): Promise<ChildProcess> => {
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  await once(child.stdout as NodeJS.ReadableStream, 'data');
  return child;
};
const killed = async (child: ChildProcess): Promise<void> => {
  child.kill('SIGKILL');
  await once(child, 'exit');
};

describe.each(['linux', 'darwin'] as const)('a lock as on %s', (platform) => {
  const locks = processLocks(platform);

  it('is held once, until it is released', async () => {
    const lock = await locks.acquire(order());
    await expect(locks.acquire(order())).rejects.toEqual(heldBy(process.pid));
    await lock.release();
    await (await locks.acquire(order())).release();
  });

  it('goes to one of many who want it at once', async () => {
    const tries = await Promise.allSettled(Array.from({ length: 8 }, () => locks.acquire(order())));
    const got = tries.filter(({ status }) => status === 'fulfilled');
    expect(got).toHaveLength(1);
    await (got[0] as PromiseFulfilledResult<{ release: () => Promise<void> }>).value.release();
  });
});

describe('a lock socket', () => {
  const locks = processLocks('linux');
  const holder = (answer: string): Promise<ChildProcess> =>
    run(`require('node:net').createServer((c) => { ${answer} })
      .listen(${JSON.stringify(lockSocketName(order().id))}, () => console.log('ready'))`);

  it('names the process that has it, and is free the moment that one is killed', async () => {
    const child = await holder(`c.end(process.pid + '\\n')`);
    await expect(locks.acquire(order())).rejects.toEqual(heldBy(child.pid));
    await killed(child);
    await (await locks.acquire(order())).release();
  });

  it('does not wait for a holder that does not answer, nor believe nonsense', async () => {
    await holder(`if (!globalThis.asked) { globalThis.asked = true; return; } c.end('x'.repeat(100000))`);
    await expect(locks.acquire(order())).rejects.toEqual(heldBy(undefined));
    await expect(locks.acquire(order())).rejects.toEqual(heldBy(undefined));
  });
});

describe('a lock file', () => {
  const locks = processLocks('darwin');
  const child = (): Promise<ChildProcess> => run(`console.log('ready'); setInterval(() => 0, 1000)`);

  it('names the process that has it, and is taken over once that one is killed', async () => {
    const lock = await locks.acquire(order());
    const text = await readFile(order().file, 'utf8');
    expect(text).toMatch(new RegExp(`^${process.pid} \\S.*\\n$`));
    await lock.release();
    await expect(stat(order().file)).rejects.toMatchObject({ code: 'ENOENT' });

    const other = await child();
    const { stdout } = await (
      await import('node:util')
    ).promisify((await import('node:child_process')).execFile)(
      'ps',
      ['-o', 'lstart=', '-p', String(other.pid)],
      { env: { ...process.env, LC_ALL: 'C' } },
    );
    await writeFile(order().file, `${other.pid} ${stdout.trim()}\n`);
    await expect(locks.acquire(order())).rejects.toEqual(heldBy(other.pid));
    await killed(other);
    await (await locks.acquire(order())).release();
  });

  it('of a pid that another process has by now is taken over', async () => {
    const other = await child();
    await writeFile(order().file, `${other.pid} Thu Jan  1 00:00:00 1970\n`);
    await (await locks.acquire(order())).release();
  });

  it.each(['', 'rubbish', '\0\0\0'])('with %j in it is taken over', async (text) => {
    await writeFile(order().file, text);
    await (await locks.acquire(order())).release();
  });
});

describe('the data folder', () => {
  it('is refused to a second catalogue by any of its names, with the pid', async () => {
    const first = new Catalogue({ dataFolder: join(folder.path, 'data') });
    await first.start();
    const second = new Catalogue({ dataFolder: join(folder.path, 'x', '..', 'data') });
    await expect(second.start()).rejects.toMatchObject({
      code: 'data-folder-in-use',
      message: expect.stringContaining(`process ${process.pid} `),
    });
    expect((await stat(join(folder.path, 'data'))).mode & 0o777).toBe(0o700);
    await first.stop();
    await second.start();
    await second.stop();
  });
});
