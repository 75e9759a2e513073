import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ManagedProcess, type SpawnRequest } from './managed-process.js';

describe('ManagedProcess', () => {
  let folder: string;
  let started: ManagedProcess[];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'shoal-process-'));
    started = [];
  });
  afterEach(async () => {
    await Promise.all(started.map((one) => one.stop(0)));
    rmSync(folder, { recursive: true });
  });

  const node = (script: string, more: Partial<SpawnRequest> = {}): ManagedProcess => {
    const request = { name: 'app', command: process.execPath, args: ['-e', script], ...more };
    const one = new ManagedProcess(request, join(folder, 'app.log'));
    started.push(one);
    return one;
  };
  const STAY = 'setInterval(() => {}, 1000);';

  it('waits until the process says that it is ready, and has what it said', async () => {
    const app = node(`process.send({ ready: { port: 7 } }); ${STAY}`, { announces: true });
    await expect(app.ready()).resolves.toEqual({ port: 7 });
  });

  it('shows the end of the log of a process that ended before', async () => {
    const app = node('console.error("HEALTH_PORT is \\"x\\""); process.exit(3)', { announces: true });
    await expect(app.ready()).rejects.toThrow(
      /app ended before it was ready \(exit 3\)[^]*HEALTH_PORT is "x"/,
    );
  });

  it('gives up on a process that never gets ready', async () => {
    await expect(node(STAY, { announces: true }).ready(50)).rejects.toMatchObject({ code: 'timeout' });
  });

  it('lets a process end by itself', async () => {
    const app = node(`process.on('SIGTERM', () => process.exit(7)); process.send({ ready: {} }); ${STAY}`, {
      announces: true,
    });
    await app.ready();
    await expect(app.stop()).resolves.toEqual({ code: 7, signal: null });
  });

  it('ends one that does not want to', async () => {
    const app = node(`process.on('SIGTERM', () => {}); process.send({ ready: {} }); ${STAY}`, {
      announces: true,
    });
    await app.ready();
    await expect(app.stop(50)).resolves.toEqual({ code: null, signal: 'SIGKILL' });
    expect(app.hasExited).toBe(true);
  });

  it('keeps the output and tells each line', async () => {
    const lines: string[] = [];
    const app = node('console.log("one"); console.error("two")', {
      onLine: (name, line) => lines.push(`${name}: ${line}`),
    });
    await app.exited;
    await app.outputEnded;
    expect(lines.sort()).toEqual(['app: one', 'app: two']);
    expect(readFileSync(app.logFile, 'utf8').split('\n').sort()).toEqual(['', 'one', 'two']);
  });

  it('raises the limit of open files as far as it may', async () => {
    const app = new ManagedProcess(
      {
        name: 'limits',
        command: '/bin/sh',
        args: ['-c', 'ulimit -n; echo "$1"', 'sh', 'a b'],
        openFiles: 1_234,
      },
      join(folder, 'limits.log'),
    );
    await app.exited;
    expect(readFileSync(app.logFile, 'utf8')).toBe('1234\na b\n');
  });

  it('says which command cannot be started', () => {
    expect(
      () => new ManagedProcess({ name: 'x', command: join(folder, 'absent') }, join(folder, 'x.log')),
    ).toThrow(/absent cannot be started/);
  });
});
