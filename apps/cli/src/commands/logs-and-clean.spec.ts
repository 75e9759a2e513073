import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { fakeControl, json, statusOf, type FakeControl } from '../test-support/fake-control.js';
import { testContext, type TestContext } from '../test-support/test-context.js';
import { run } from '../run.js';

const DAY = 86_400_000;
const NOW = 1_000 * DAY;

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'shoal-home-'));
});
afterEach(() => rmSync(home, { recursive: true }));

describe('shoal logs', () => {
  const logFile = (peer: string, number: number): string => {
    const folder = join(home, 'shoal', peer, 'logs');
    mkdirSync(folder, { recursive: true });
    return join(folder, `peer.${number}.log`);
  };
  const context = (): TestContext => testContext({ env: { XDG_DATA_HOME: home } });

  it('shows the last lines, over more files than one, of a peer that has ended, too', async () => {
    writeFileSync(logFile('host7', 9), 'a\nb\nc\n');
    writeFileSync(logFile('host7', 10), 'd\ne\nhalf of a li');
    const world = context();
    expect(await run(['logs', '-n', '3'], world)).toBe(0);
    expect(world.output.stdout).toBe('c\nd\ne\n');
  });

  it('asks which peer where there are several, and says which there are', async () => {
    writeFileSync(logFile('host7', 1), 'seven\n');
    writeFileSync(logFile('host8', 1), 'eight\n');
    expect(await run(['logs'], context())).toBe(2);
    const world = context();
    expect(await run(['logs', '--peer', 'host8'], world)).toBe(0);
    expect(world.output.stdout).toBe('eight\n');
    const missing = context();
    expect(await run(['logs', '--peer', 'host9'], missing)).toBe(3);
    expect(missing.output.stderr).toMatch(/hint: There are: host7, host8/);
  });

  it('goes on with -f, into the next file, until it is interrupted', async () => {
    writeFileSync(logFile('host7', 1), 'old\n');
    const world = context();
    const seen: string[] = [];
    const stdout = {
      write: (text: string) => {
        seen.push(text.trim());
        if (text === 'old\n') setTimeout(() => appendFileSync(logFile('host7', 1), 'new\n'), 50);
        if (text === 'new\n') writeFileSync(logFile('host7', 2), 'next file\n');
        if (text === 'next file\n') world.interrupt();
      },
    };
    expect(await run(['logs', '-f'], { ...world, stdout })).toBe(0);
    expect(seen).toEqual(['old', 'new', 'next file']);
  });
});

describe('shoal clean', () => {
  let daemon: FakeControl | undefined;
  afterEach(async () => {
    await daemon?.close();
    daemon = undefined;
  });
  const oneShot = (name: string, days: number): string => {
    const folder = join(home, 'shoal', 'one-shot', name);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'peer.log'), 'log');
    utimesSync(join(folder, 'peer.log'), new Date(), new Date(NOW - days * DAY));
    return folder;
  };
  const clean = async (args: string[], confirm?: () => Promise<boolean>) => {
    const env = {
      XDG_DATA_HOME: home,
      ...(daemon === undefined ? {} : { SHOAL_PEER_SOCKET: daemon.socketPath }),
    };
    const world = testContext({ env, now: () => NOW, ...(confirm && { confirm }) });
    return { code: await run(['clean', ...args], world), ...world.output };
  };

  it('deletes folders of one-shot peers that nobody has used for a week', async () => {
    const [old, young] = [oneShot('old', 8), oneShot('young', 6)];
    expect((await clean(['--dry-run'])).stdout).toMatch(
      /folder of a one-shot peer +- +3 B +8d 00h +.*\/old$/m,
    );
    expect(existsSync(old)).toBe(true);
    expect((await clean([], async () => false)).code).toBe(1);
    expect(existsSync(old)).toBe(true);
    expect((await clean([], async () => true)).stdout).toMatch(/deleted 1 leftover, 3 B\n$/);
    expect([existsSync(old), existsSync(young)]).toEqual([false, true]);
    expect(await clean([])).toMatchObject({ code: 0, stdout: 'nothing is left over\n' });
    await clean(['--older', '5d', '--yes']);
    expect(existsSync(young)).toBe(false);
  });

  it('asks the daemons what they have, twice: to show it and to delete it', async () => {
    const leftover = { kind: 'part-file', path: '/srv/.x.part', bytes: 2_048, lastUse: NOW - 9 * DAY };
    daemon = await fakeControl(({ path }, response) =>
      json(response, path === '/v1/status' ? statusOf() : { leftovers: [leftover] }),
    );
    const { stdout } = await clean(['--yes', '--json', '--older', '1d']);
    expect(JSON.parse(stdout)).toMatchObject({ event: 'deleted', peer: 'host1', path: '/srv/.x.part' });
    expect(daemon.requests.filter(({ path }) => path === '/v1/clean').map(({ body }) => body)).toEqual([
      { dryRun: true, olderThanMs: DAY },
      { dryRun: false, olderThanMs: DAY },
    ]);
  });
});
