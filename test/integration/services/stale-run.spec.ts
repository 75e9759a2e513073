import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { processRef, signal } from '../../../tools/run/process-table.js';
import { compiled } from '../../../tools/run/project.js';
import { Run } from '../../../tools/run/run.js';
import { untilSo } from './command.js';

interface Owner {
  readonly folder: string;
  readonly pid: number;
  readonly watchdog: number;
  readonly child: number;
}

/** A process that opens a run and starts one child in it. */
const startOwner = async (base: string): Promise<Owner> => {
  const script = `
    const { Run } = await import(${JSON.stringify(compiled('tools/run/run'))});
    const run = await Run.open({ command: 'owner', base: ${JSON.stringify(base)} });
    const child = run.spawn({ name: 'sleeper', command: 'sleep', args: ['600'] });
    console.log(JSON.stringify({ folder: run.folder, pid: process.pid, watchdog: run.watchdogPid, child: child.pid }));
    setInterval(() => {}, 1000);`;
  const owner = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(createInterface({ input: owner.stdout }), 'line')) as [string];
  return JSON.parse(line) as Owner;
};

const isGone = (pid: number): boolean => processRef(pid) === undefined;

describe('a run', () => {
  let base: string;
  beforeEach(() => {
    base = mkdtempSync(join(tmpdir(), 'shoal-it-'));
  });
  afterEach(() => rmSync(base, { recursive: true, force: true }));

  it('is ended by its watchdog when its owner is killed', async () => {
    const owner = await startOwner(base);
    signal(owner.pid, 'SIGKILL');
    await untilSo('its child is gone', 5_000, () => isGone(owner.child));
    await untilSo('its folder is gone', 5_000, () => !existsSync(owner.folder));
    await untilSo('its watchdog is gone', 5_000, () => isGone(owner.watchdog));
  });

  it('is ended by the next one when owner and watchdog were killed', async () => {
    const owner = await startOwner(base);
    signal(owner.watchdog, 'SIGKILL');
    signal(owner.pid, 'SIGKILL');
    await untilSo('its owner is gone', 5_000, () => isGone(owner.pid));
    expect(isGone(owner.child)).toBe(false);

    const next = await Run.open({ command: 'next', base });
    expect(next.ended.map(({ command }) => command)).toEqual(['owner']);
    expect(isGone(owner.child)).toBe(true);
    expect(existsSync(owner.folder)).toBe(false);
    await next.close();
    expect(existsSync(next.folder)).toBe(false);
  });

  it('leaves a living one alone', async () => {
    const owner = await startOwner(base);
    const next = await Run.open({ command: 'next', base });
    expect(next.ended).toEqual([]);
    expect(isGone(owner.child)).toBe(false);
    await next.close();
    signal(owner.pid, 'SIGKILL');
    await untilSo('its folder is gone', 5_000, () => !existsSync(owner.folder));
  });
});
