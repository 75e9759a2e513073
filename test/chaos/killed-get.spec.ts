import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { MIB } from '#core';
import { pidsWithEnvironment } from '../../tools/run/process-table.js';
import {
  eventOf,
  shoal,
  shoalJson,
  startShoal,
  type JsonLine,
  type RunningShoal,
  type Surroundings,
} from '../e2e/cli/shoal.js';
import { sha256, Stage } from '../e2e/network/stage.js';

const FILM = randomBytes(4 * MIB);
const CHUNKS = 64;
/** Slow enough to be interrupted in the middle. */
const SLOW = ['--max-down', '1MiB'];

describe('`shoal get` that is interrupted or killed', () => {
  let stage: Stage;

  beforeAll(async () => {
    stage = await Stage.open({ anchors: ['server1'], peers: [{ name: 'host1' }, { name: 'host2' }] });
    await stage.publish('host1', 'film', FILM, 64 * 1_024);
  }, 120_000);
  afterAll(() => stage?.close());

  const around = (cwd: string): Surroundings => ({
    cwd,
    env: { ...stage.network.cliEnvironment, ...stage.run.environment, XDG_DATA_HOME: stage.run.path('xdg') },
  });
  const folder = (name: string): string => stage.run.path('people', name);
  /** Starts a slow download; resolves in the middle of it with the chunks that were told. */
  const half = async (args: string[], cwd: string): Promise<{ running: RunningShoal; told: number }> => {
    const running = startShoal(['get', 'film', ...args, ...SLOW, '--json'], around(cwd));
    const line = await running.line(/"event":"progress".*"chunks":([5-9]|[1-9]\d),/);
    return { running, told: (JSON.parse(line) as { chunks: number }).chunks };
  };
  const kill = async ({ child, end }: RunningShoal, signal: NodeJS.Signals): Promise<void> => {
    child.kill(signal);
    await end;
  };
  /** The same command once more: it has what it had, and fetches nothing twice. */
  const expectResumed = (lines: JsonLine[], told: number, path: string): void => {
    const { resumed } = eventOf(lines, 'started') as { resumed?: number };
    expect(resumed).toBeGreaterThanOrEqual(told);
    const from = eventOf(lines, 'done')['from'] as { chunks: number }[];
    expect(from.reduce((sum, { chunks }) => sum + chunks, 0)).toBe(CHUNKS - (resumed as number));
    expect(sha256(readFileSync(path))).toBe(sha256(FILM));
  };

  it('kill -9 of the command alone: its peer ends by itself, and the same command goes on at once', async () => {
    const home = folder('one');
    const { running, told } = await half([], home);
    await kill(running, 'SIGKILL');
    expectResumed(await shoalJson(['get', 'film'], around(home)), told, join(home, 'film'));
  });

  it('kill -9 of the command, its peer and its engine', async () => {
    const home = folder('all');
    const { running, told } = await half([], home);
    const pids = pidsWithEnvironment('PEER_NAME', `cli-${running.child.pid}`);
    expect(pids).toHaveLength(2);
    for (const pid of pids) process.kill(pid, 'SIGKILL');
    await kill(running, 'SIGKILL');
    expectResumed(await shoalJson(['get', 'film'], around(home)), told, join(home, 'film'));
  });

  it('two commands for one target: the second is refused, the first goes on', async () => {
    const home = folder('twice');
    const { running } = await half([], home);
    const second = await shoal(['get', 'film'], around(home));
    expect(second).toMatchObject({
      code: 6,
      stderr: expect.stringMatching(/^error: another command works on /),
    });
    expect((await running.end).code).toBe(0);
    expect(sha256(readFileSync(join(home, 'film')))).toBe(sha256(FILM));
  });

  describe('through a daemon', () => {
    const at = (file: string): string[] => [
      '-o',
      stage.path('host2', file),
      '--peer',
      stage.peer('host2').controlSocket,
    ];

    it.each(['SIGINT', 'SIGKILL'] as const)(
      '%s of the command ends the download; it goes on at once',
      async (signal) => {
        const { running, told } = await half(at(signal), folder('any'));
        await kill(running, signal);
        const lines = await shoalJson(['get', 'film', ...at(signal)], around(folder('any')));
        expectResumed(lines, told, stage.path('host2', signal));
        await shoalJson(['status', '--peer', stage.peer('host2').controlSocket], around(folder('any')));
      },
    );
  });
});
