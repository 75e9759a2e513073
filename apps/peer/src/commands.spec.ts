import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ShoalError } from '#core';
import type { DownloadCommand, LocalEvent } from '#contracts';
import { CommandStore, type StoredCommand } from './command-store.js';
import { Commands, type CommandEffects } from './commands.js';
import type { DownloadDone } from './download-run.js';
import { DISCARD_PART } from './download-wish.js';
import { FakeAnchors, FILE, PEER } from './test-support/doubles.js';

const command = (more: Partial<DownloadCommand> = {}): DownloadCommand => ({
  commandId: 'd1:host7:0',
  distributionId: 'd1',
  epoch: 0,
  fileId: FILE,
  name: 'music.txt',
  force: false,
  ...more,
});
const done: DownloadDone = {
  fileId: FILE,
  path: '/f/music.txt',
  size: 10,
  sha256: 'c'.repeat(64),
  milliseconds: 3,
  from: [],
  alreadyThere: false,
};

describe('commands', () => {
  let folder: string;
  let anchors: FakeAnchors;
  let runs: {
    command: StoredCommand;
    signal: AbortSignal;
    tell: (event: LocalEvent) => void;
    end: (result: DownloadDone | Error) => void;
  }[];
  let started: () => void;
  let whenStarted: Promise<void>;
  let troubles: string[];
  let timers: { ms: number; action: () => void }[];
  let store: CommandStore;
  let commands: Commands;

  const fresh = async (given = new CommandStore(folder, () => 5_000)): Promise<void> => {
    store = given;
    await store.start();
    const effects: CommandEffects = {
      download: (wanted, tell, signal) =>
        new Promise((resolve, reject) => {
          signal.addEventListener('abort', () => reject(new ShoalError('cancelled', 'cancelled')));
          runs.push({
            command: wanted,
            signal,
            tell,
            end: (result) => (result instanceof Error ? reject(result) : resolve(result)),
          });
          started();
        }),
      report: async () => undefined,
      rejoin: () => undefined,
      drop: async () => undefined,
      forgetName: () => undefined,
      leave: () => undefined,
      trouble: (what) => void troubles.push(what),
    };
    const time = {
      now: () => 5_000,
      after: (ms: number, action: () => void) => {
        timers.push({ ms, action });
        return () => undefined;
      },
    };
    commands = new Commands(PEER, store, effects, anchors, time);
  };
  const receive = (body: unknown) => commands.receive({ name: 'command.download', body });
  const told = async (name: string): Promise<void> => {
    while (anchors.named(name).length === 0 || store.untold().length > 0) await new Promise(setImmediate);
  };

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'shoal-commands-'));
    anchors = new FakeAnchors();
    runs = [];
    timers = [];
    troubles = [];
    whenStarted = new Promise((resolve) => (started = resolve));
    await fresh();
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('is on disk before it counts as received, and tells its outcome', async () => {
    await receive(command());
    expect((await readdir(folder)).filter((name) => name.endsWith('.json'))).toHaveLength(1);
    await whenStarted;
    runs[0]?.end(done);
    await told('download.completed');
    expect(anchors.sent[0]).toMatchObject({
      id: 'd1:host7:0:download.completed',
      body: { peerId: PEER, distributionId: 'd1', commandId: 'd1:host7:0', path: '/f/music.txt' },
    });
  });

  it('runs a repeated command once, and answers it again with the same result', async () => {
    await receive(command());
    await receive(command());
    await whenStarted;
    expect(runs).toHaveLength(1);
    runs[0]?.end(new ShoalError('target-exists', 'music.txt is there'));
    await told('download.failed');
    await receive(command());
    expect(runs).toHaveLength(1);
    expect(anchors.named('download.failed')).toHaveLength(2);
    expect(anchors.named('download.failed')[0]).toMatchObject({ error: { code: 'target-exists' } });
  });

  it('stores and runs a command once that comes twice at the same time', async () => {
    await Promise.all([receive(command()), receive(command()), receive(command())]);
    await whenStarted;
    expect(runs).toHaveLength(1);
    expect(anchors.sent).toEqual([]);
    runs[0]?.end(done);
    await told('download.completed');
    expect(anchors.sent).toHaveLength(1);
  });

  it('takes so many that are not done, and says of one more that it is limit-exceeded', async () => {
    await fresh(new CommandStore(folder, () => 5_000, 2));
    for (const commandId of ['one', 'two']) await receive({ ...command(), commandId });
    await receive({ ...command(), commandId: 'three' });
    expect(anchors.named('download.failed')).toMatchObject([
      { commandId: 'three', error: { code: 'limit-exceeded' } },
    ]);
    await receive({ ...command(), commandId: 'one' });
    expect(store.unfinished()).toHaveLength(2);
  });

  describe('where nothing can be written', () => {
    const breakDisk = async (): Promise<void> => {
      await rm(folder, { recursive: true });
      await writeFile(folder, 'no folder');
    };

    it('says that a command failed, so that nobody waits for it, and does not run it', async () => {
      await breakDisk();
      await receive(command());
      expect(runs).toHaveLength(0);
      expect(anchors.named('download.failed')).toMatchObject([
        { commandId: 'd1:host7:0', error: { code: 'bad-path' } },
      ]);
    });

    it('takes the command again later when that cannot be said', async () => {
      await breakDisk();
      anchors.away = true;
      await expect(receive(command())).rejects.toMatchObject({ retry: 'transient' });
    });

    it('tells the outcome all the same, and again to who asks again', async () => {
      await receive(command());
      await whenStarted;
      await breakDisk();
      runs[0]?.end(done);
      while (anchors.named('download.completed').length === 0) await new Promise(setImmediate);
      await receive(command());
      expect(anchors.named('download.completed')).toHaveLength(2);
      expect(runs).toHaveLength(1);
      expect(troubles).toEqual([expect.stringContaining('outcome')]);
    });

    it('stops what is cancelled', async () => {
      await receive(command());
      await whenStarted;
      await breakDisk();
      await cancel();
      expect(runs[0]?.signal.aborted).toBe(true);
      while (anchors.named('download.failed').length === 0) await new Promise(setImmediate);
    });
  });

  it('goes on with an unfinished command after a restart', async () => {
    await receive(command());
    await whenStarted;
    whenStarted = new Promise((resolve) => (started = resolve));
    await fresh();
    commands.resume();
    await whenStarted;
    expect(runs).toHaveLength(2);
  });

  it('tells an outcome that the broker did not take when it is back', async () => {
    await receive(command());
    await whenStarted;
    anchors.away = true;
    runs[0]?.end(done);
    while (store.untold().length === 0) await new Promise(setImmediate);
    await fresh();
    anchors.away = false;
    await commands.tellAgain();
    expect(anchors.named('download.completed')).toHaveLength(1);
    expect(store.untold()).toHaveLength(0);
  });

  it('does not run what is stale: past its deadline, or of an older epoch', async () => {
    await receive(command({ deadline: 4_999 }));
    await receive(command({ commandId: 'new', epoch: 3 }));
    await receive(command({ commandId: 'old', epoch: 2 }));
    await whenStarted;
    expect(runs.map((run) => run.command.commandId)).toEqual(['new']);
  });

  const cancel = (more: { epoch?: number; keepParts?: boolean } = {}) =>
    commands.receive({
      name: 'command.cancel',
      body: { commandId: 'd1:host7:0', distributionId: 'd1', epoch: 1, keepParts: false, ...more },
    });

  it.each([
    [true, false],
    [false, true],
  ])('stops a download that is cancelled; it keeps its part: %s', async (keepParts, discards) => {
    await receive(command());
    await whenStarted;
    await cancel({ keepParts });
    await told('download.failed');
    expect(anchors.named('download.failed')[0]).toMatchObject({ error: { code: 'cancelled' } });
    expect(runs[0]?.signal.reason === DISCARD_PART).toBe(discards);
  });

  it('runs nothing that was cancelled before it came, also after a restart', async () => {
    await cancel({ epoch: 2 });
    await fresh();
    await receive(command({ epoch: 1, commandId: 'd1:host7:1' }));
    await receive(command({ epoch: 2, commandId: 'd1:host7:2' }));
    await whenStarted;
    expect(runs.map((run) => run.command.epoch)).toEqual([2]);
  });

  it('does not go on after a restart with what was cancelled', async () => {
    await receive(command());
    await whenStarted;
    await store.end('d1', 1, true);
    await fresh();
    commands.resume();
    await told('download.failed');
    expect(runs).toHaveLength(1);
  });

  it('gives up the older command for a newer one, and keeps what it brought', async () => {
    await receive(command());
    await whenStarted;
    await receive(command({ epoch: 1, commandId: 'd1:host7:1' }));
    expect(runs[0]?.signal.aborted).toBe(true);
    expect(runs[0]?.signal.reason).not.toBe(DISCARD_PART);
    while (runs.length < 2) await new Promise(setImmediate);
    await told('download.failed');
  });

  it('gives up what is not done by its deadline', async () => {
    await receive(command({ deadline: 7_000 }));
    await whenStarted;
    expect(timers.map(({ ms }) => ms)).toEqual([2_000]);
    timers[0]?.action();
    await told('download.failed');
    expect(anchors.named('download.failed')[0]).toMatchObject({ error: { code: 'timeout' } });
  });

  it('refuses a malformed command', async () => {
    await expect(receive({ ...command(), folder: '../etc' })).rejects.toMatchObject({ code: 'bad-message' });
  });
});
