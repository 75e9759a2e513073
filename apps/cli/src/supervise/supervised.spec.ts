import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Backoff, RESTART_FIRST_MS, RESTART_LONGEST_MS } from './backoff.js';
import { Supervised } from './supervised.js';

describe('Backoff', () => {
  it('doubles up to a limit and forgets after a good while', () => {
    const backoff = new Backoff();
    const waits = Array.from({ length: 9 }, () => backoff.next(10));
    expect(waits.slice(0, 3)).toEqual([RESTART_FIRST_MS, 2 * RESTART_FIRST_MS, 4 * RESTART_FIRST_MS]);
    expect(waits.at(-1)).toBe(RESTART_LONGEST_MS);
    expect(backoff.next(3_600_000)).toBe(RESTART_FIRST_MS);
  });
});

describe('Supervised', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'shoal-sup-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const supervise = (source: string) => {
    const program = join(folder, 'program.mjs');
    writeFileSync(program, source);
    const lines: string[] = [];
    const waiting: { text: string; count: number; resolve: () => void }[] = [];
    const write = (line: string): void => {
      lines.push(line);
      for (const { text, count, resolve } of waiting) {
        if (lines.filter((one) => one.includes(text)).length >= count) resolve();
      }
    };
    const output = { line: (name: string, text: string) => write(`${name}: ${text}`), say: write };
    const supervised = new Supervised({ name: 'manifest', program, env: process.env }, output, () =>
      Date.now(),
    );
    const until = (text: string, count = 1): Promise<void> =>
      new Promise((resolve) => {
        waiting.push({ text, count, resolve });
        if (lines.filter((one) => one.includes(text)).length >= count) resolve();
      });
    return { supervised, lines, until };
  };
  const isAlive = (pid: number): boolean => {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  };

  it('starts a process again when it ends, and stops it for good', async () => {
    const { supervised, until, lines } = supervise(
      "console.log('up', process.env.SHOAL_PARENT_PIPE); setInterval(() => {}, 1000)",
    );
    const running = supervised.run();
    await until('manifest: up 1');
    const first = supervised.pid as number;
    process.kill(first, 'SIGKILL');
    await until('manifest: up 1', 2);
    expect(supervised.pid).not.toBe(first);
    expect(lines).toContain('manifest ended (SIGKILL); starting it again in 0.5 s');
    await supervised.stop();
    await running;
    expect(isAlive(supervised.pid as number)).toBe(false);
  });

  it('stops while it waits to start again', async () => {
    const { supervised, until } = supervise('process.exit(3)');
    const running = supervised.run();
    await until('manifest ended (exit 3)');
    await supervised.stop();
    await running;
  });
});
