import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { ShoalError } from '#core';
import { fakeBroker } from '../test-support/fake-broker.js';
import { testContext } from '../test-support/test-context.js';
import { run } from '../run.js';

const version = {
  ...{ version: 1, fileId: 'f'.repeat(64), size: 1, sha256: '0'.repeat(64), chunkSize: 1_024, chunkCount: 1 },
  ...{ publishedAt: 1, holderCount: 1 },
};
const search = ({ pattern }: { pattern: string }) => ({
  files: ['mus ic.txt', 'music.txt', 'mus\u001b.txt']
    .filter((name) => name.startsWith(pattern.replace('*', '')))
    .map((name) => ({ name, latest: 1, versions: [version] })),
});
const complete = async (words: string[], env: Record<string, string> = { ANCHORS: 'server1=amqp://h' }) => {
  const broker = fakeBroker({ 'manifest.search': search });
  const context = testContext({ env, broker: () => broker.broker });
  expect(await run(['complete', '--', ...words], context)).toBe(0);
  expect(context.output.stderr).toBe('');
  return context.output.stdout.split('\n').filter((line) => line !== '');
};

describe('completion', () => {
  it('knows commands, and hides what is for programs', async () => {
    expect(await complete(['p'])).toEqual(['peer', 'peers', 'publish']);
    expect(await complete(['comp'])).toEqual(['completion']);
    expect(await complete(['dead-letters', ''])).toEqual(['drop', 'help', 'list', 'requeue', 'show']);
  });

  it('knows the flags of a command and those of all', async () => {
    expect(await complete(['get', '--max'])).toEqual(['--max-down', '--max-up']);
    expect(await complete(['get', 'x', '--ver'])).toEqual(['--verbose', '--version']);
    expect(await complete(['completion', 'z'])).toEqual(['zsh']);
  });

  it('knows published names, but for commands that take a file from the disk', async () => {
    expect(await complete(['get', 'mus'])).toEqual(['mus ic.txt', 'music.txt']);
    expect(await complete(['get', '--max-down', '1MB', 'musi'])).toEqual(['music.txt']);
    expect(await complete(['get', 'music.txt', 'mus'])).toEqual([]);
    expect(await complete(['publish', 'mus'])).toEqual([]);
    expect(await complete(['get', '-o', 'mus'])).toEqual([]);
  });

  it('knows the peers of this machine', async () => {
    const home = mkdtempSync(join(tmpdir(), 'shoal-comp-'));
    mkdirSync(join(home, 'shoal', 'host7'), { recursive: true });
    writeFileSync(join(home, 'shoal', 'host7', 'control.sock'), '');
    expect(await complete(['status', '--peer', 'h'], { XDG_DATA_HOME: home })).toEqual(['host7']);
    rmSync(home, { recursive: true });
  });

  it('stays silent where nobody can be asked', async () => {
    expect(await complete(['get', 'mus'], { HOME: '/nowhere' })).toEqual([]);
    const context = testContext({
      env: { ANCHORS: 'server1=amqp://h' },
      broker: () => fakeBroker({ 'manifest.search': () => new ShoalError('timeout', 'late') }).broker,
    });
    expect(await run(['complete', '--', 'get', 'm'], context)).toBe(0);
    expect(context.output).toMatchObject({ stdout: '', stderr: '' });
  });

  it.each(['bash', 'zsh', 'fish'])('prints a script for %s', async (shell) => {
    const context = testContext({});
    expect(await run(['completion', shell], context)).toBe(0);
    expect(context.output.stdout).toContain('shoal complete -- ');
    expect(await run(['completion', 'cmd'], testContext({}))).toBe(2);
  });
});
