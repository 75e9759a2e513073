import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { MIB } from '#core';
import { doneOf, sha256, Stage, untilTrue } from '../e2e/network/stage.js';
import { ioOf } from './process-io.js';

const BIG = randomBytes(32 * MIB);

describe('what a daemon holds', () => {
  let stage: Stage;
  const said: string[] = [];

  beforeAll(async () => {
    stage = await Stage.open({
      anchors: ['server1'],
      peers: [{ name: 'host1' }, { name: 'host2' }],
      onLine: (name, line) => void (name === 'host1' && said.push(line)),
    });
  }, 120_000);
  afterAll(() => stage?.close());

  const enginePid = async (): Promise<number> => (await stage.status('host1')).enginePid as number;
  const logged = (pattern: RegExp) => untilTrue(async () => said.some((line) => pattern.test(line)));

  it.each([
    ['gracefully', async () => void (await stage.peer('host1').process.stop())],
    ['after kill -9', async () => void (await stage.peer('host1').process.stop(0))],
  ])('is there again when it is started again %s, and is not read again', async (how, end) => {
    const name = how.replace(/\W/g, '');
    await stage.publish('host1', name, BIG);
    const { fileId } = await stage.manifest({ file: { name }, withManifest: false, holders: 0 });
    await end();
    await untilTrue(async () => !(await stage.holderNames(name)).includes('host1'));
    await stage.network.addPeer({ name: 'host1' });
    await untilTrue(async () => (await stage.holders(name)).some(({ ranges }) => ranges === undefined));
    const { transfers } = await stage.status('host1');
    expect(transfers.find((file) => file.fileId === fileId)).toMatchObject({ state: 'complete', held: 512 });
    // Code, records and messages; a small part of the file.
    expect(ioOf(await enginePid()).read).toBeLessThan(BIG.length / 2);
  });

  const changes: [string, (path: string) => void, RegExp][] = [
    ['changed', (path) => writeFileSync(path, randomBytes(MIB)), /it was written to/],
    ['truncated', (path) => truncateSync(path, 1_000), /its size went from 1048576 to 1000 bytes/],
    ['moved', (path) => renameSync(path, `${path}.elsewhere`), /it was moved or deleted/],
    ['deleted', (path) => rmSync(path), /it was moved or deleted/],
  ];

  it.each(changes)(
    'a file that is %s is never served wrong, and its holder is retracted',
    async (what, change, reason) => {
      const song = randomBytes(MIB);
      await stage.publish('host1', what, song, 64 * 1_024);
      await doneOf(
        stage
          .client('host2')
          .get({ file: what, output: stage.path('host2', `${what}-first`), only: [[0, 4]] }),
      );
      change(stage.path('host1', what));
      const wish = { file: what, output: stage.path('host2', `${what}-first`), timeoutMs: 3_000 };
      await expect(doneOf(stage.client('host2').get(wish))).rejects.toMatchObject({ code: 'no-holder' });
      expect(await stage.holderNames(what)).toEqual(['host2']);
      await logged(new RegExp(`no longer sharing .*/${what}: .*${reason.source}`));
      // What came before the change is right, and nothing came after it.
      const held = (await stage.status('host2')).transfers.find(({ name }) => name === what);
      expect(held).toMatchObject({ held: 4, state: 'partial' });
    },
  );

  it('one that is changed in the middle of a download is not mixed', async () => {
    const film = randomBytes(8 * MIB);
    await stage.publish('host1', 'film', film, 64 * 1_024);
    const events = stage.client('host2').get({
      ...{ file: 'film', output: stage.path('host2', 'film'), maxDownRate: 2 * MIB, timeoutMs: 4_000 },
    });
    let changed = false;
    const end = doneOf(events, (event) => {
      if (changed || event.event !== 'progress' || event.chunks < 16) return;
      changed = true;
      writeFileSync(stage.path('host1', 'film'), randomBytes(8 * MIB));
    });
    await expect(end).rejects.toMatchObject({ code: 'no-holder' });
    expect(changed).toBe(true);
    // The right bytes come back: the download goes on with them.
    mkdirSync(stage.path('host1', 'again'));
    writeFileSync(stage.path('host1', 'again/film'), film);
    await doneOf(stage.client('host1').publish({ path: stage.path('host1', 'again/film'), name: 'film' }));
    await doneOf(stage.get('host2', 'film'));
    expect(sha256(readFileSync(stage.path('host2', 'film')))).toBe(sha256(film));
  });

  it('after a restart, too', async () => {
    await stage.publish('host1', 'tune', randomBytes(MIB));
    await stage.peer('host1').process.stop();
    rmSync(stage.path('host1', 'tune'));
    await stage.network.addPeer({ name: 'host1' });
    await logged(/no longer sharing .*tune: .*it was moved or deleted/);
    await untilTrue(async () => (await stage.status('host1')).connected);
    expect(await stage.holderNames('tune')).toEqual([]);
  });
});

describe('two downloads at once', () => {
  let stage: Stage;
  const song = randomBytes(4 * MIB);

  beforeAll(async () => {
    stage = await Stage.open({ anchors: ['server1'], peers: [{ name: 'host1' }, { name: 'host2' }] });
    await stage.publish('host1', 'song', song, 64 * 1_024);
  }, 120_000);
  afterAll(() => stage?.close());
  const copy = (file: string, more = {}) =>
    doneOf(stage.client('host2').get({ file: 'song', output: stage.path('host2', file), ...more }));
  const begun = () => untilTrue(async () => (await stage.status('host2')).transfers.length > 0);

  it('of one file into two places: both arrive, the bytes come over the network once', async () => {
    const first = copy('a', { maxDownRate: 4 * MIB });
    await begun();
    const [a, b] = await Promise.all([first, copy('b')]);
    expect(a.from).toMatchObject([{ name: 'host1', chunks: 64 }]);
    expect(b.from).toEqual([]);
    for (const file of ['a', 'b']) expect(sha256(stage.read('host2', file))).toBe(sha256(song));
  });

  it('to one target: the second is refused, the first goes on', async () => {
    await stage.publish('host1', 'other', randomBytes(4 * MIB), 64 * 1_024);
    const target = { output: stage.path('host2', 'c') };
    let second: Promise<unknown> | undefined;
    const first = doneOf(
      stage.client('host2').get({ file: 'other', ...target, maxDownRate: 2 * MIB }),
      (event) => {
        if (event.event === 'progress')
          second ??= doneOf(stage.client('host2').get({ file: 'other', ...target })).catch(
            (error: unknown) => error,
          );
      },
    );
    await expect(first).resolves.toMatchObject({ outcome: 'downloaded' });
    expect(await second).toMatchObject({ code: 'target-in-use' });
  });
});
