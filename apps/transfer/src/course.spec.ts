import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import { MESSAGE_LIMITS } from '#contracts';
import type { Distribution } from '#registry';
import { peerIdFor } from '#testing';
import { stepsAgain } from './due-steps.js';
import { TransferWorld } from './test-support/transfer-world.js';

const FOUR = ['a', 'b', 'c', 'd'];

describe('the course of a distribution', () => {
  let world: TransferWorld;
  beforeEach(async () => {
    world = await TransferWorld.with(...FOUR);
  });
  const started = (): string[] => FOUR.filter((name) => world.commandsTo(name).length > 0);

  it('goes in waves, each after the successes before it', async () => {
    const id = await world.begin({ targets: FOUR, waves: [1, '50%'], successShare: 1 });
    expect(started()).toEqual(['a']);
    await world.completes('a');
    expect(started()).toEqual(['a', 'b']);
    expect(await world.reading.status({ distributionId: id, limit: 1 })).toMatchObject({ wave: 2, waves: 3 });
    await world.completes('b');
    expect(started()).toEqual(FOUR);
  });

  it('gives up when the first wave fails, and nobody else is touched', async () => {
    const id = await world.begin({ targets: FOUR, waves: [1], retries: 0 });
    await world.fails('a');
    expect(started()).toEqual(['a']);
    expect(await world.states(id)).toEqual(['a failed', 'b cancelled', 'c cancelled', 'd cancelled']);
    expect(world.outgoing.facts).toMatchObject([
      {
        name: 'distribution.failed',
        body: { failed: 1, cancelled: 3, reason: expect.stringContaining('1 of') },
      },
    ]);
  });

  it('stops those that still download when too many failed', async () => {
    await world.begin({ targets: FOUR, abortShare: 0.5 });
    await world.fails('a');
    expect(world.cancelsTo('c')).toEqual([]);
    await world.fails('b');
    expect(world.cancelsTo('c')).toMatchObject([{ epoch: 1, keepParts: true }]);
    expect(world.outgoing.facts[0]?.name).toBe('distribution.failed');
  });

  it('has so many at a time, each finished one lets the next begin', async () => {
    await world.begin({ targets: FOUR, concurrency: 2 });
    expect(started()).toEqual(['a', 'b']);
    await world.fails('b');
    expect(started()).toEqual(['a', 'b', 'c']);
    await world.completes('a');
    expect(started()).toEqual(FOUR);
  });

  it('starts at its time, and its commands say when they are stale', async () => {
    await world.begin({ targets: ['a'], startAt: 25_000, deadline: 90_000, priority: 7 });
    await world.after(4_999);
    expect(started()).toEqual([]);
    await world.after(1);
    expect(world.commandsTo('a')).toMatchObject([{ deadline: 90_000, priority: 7 }]);
  });

  it('fails at its deadline what is not done, also what was never here', async () => {
    await world.leave('b');
    const id = await world.begin({ targets: ['a', 'b', 'c'], deadline: 30_000 });
    await world.completes('c');
    await world.after(9_999);
    expect(await world.states(id)).toEqual(['a commanded', 'b offline', 'c done']);
    await world.after(1);
    expect(await world.states(id)).toEqual(['a failed', 'b failed', 'c done']);
    expect(world.cancelsTo('a')).toHaveLength(1);
    expect(world.outgoing.facts).toMatchObject([
      { name: 'distribution.failed', body: { failed: 2, done: 1, reason: 'the deadline is over' } },
    ]);
    await world.join('b', {}, 2_000);
    await world.commanding.peerJoined(peerIdFor('b'));
    expect(world.commandsTo('b')).toEqual([]);
  });

  it('does at the next look what came early by the clock of another process', async () => {
    const id = await world.begin({ targets: ['a', 'b'], startAt: 25_000, deadline: 90_000 });
    await world.work(70_000);
    world.time = 25_000;
    await world.looksForLost();
    expect(started()).toEqual(['a', 'b']);
    world.time = 90_000;
    await world.looksForLost();
    expect(await world.states(id)).toEqual(['a failed', 'b failed']);
  });

  it('tries again what may pass, later each time, under a new epoch', async () => {
    const id = await world.begin({ targets: ['a'], retries: 2, retryDelayMs: 1_000 });
    await world.fails('a', 'no-holder');
    expect(await world.states(id)).toEqual(['a waiting']);
    await world.after(999);
    expect(world.commandsTo('a')).toHaveLength(1);
    await world.after(250);
    expect(world.commandsTo('a').map(({ epoch }) => epoch)).toEqual([0, 1]);
    await world.fails('a', 'no-holder');
    await world.after(2_250);
    expect(world.commandsTo('a').map(({ epoch }) => epoch)).toEqual([0, 1, 2]);
    await world.fails('a', 'no-holder');
    expect(world.outgoing.facts).toMatchObject([
      { name: 'distribution.failed', body: { results: [{ tries: 2, error: { code: 'no-holder' } }] } },
    ]);
  });

  it('does not try again what will never be', async () => {
    await world.begin({ targets: ['a'] });
    await world.fails('a', 'not-allowed');
    expect(world.outgoing.facts[0]?.name).toBe('distribution.failed');
  });

  it('cancels: busy peers are told how, the others when they join; the end is told', async () => {
    const id = await world.begin({ targets: FOUR, concurrency: 3 });
    await world.completes('a');
    await world.progresses('b', 3);
    await world.leave('c');
    expect(await world.ending.cancel(id, true)).toEqual({ distributionId: id, cancelled: 3 });
    await world.work();
    const commandId = world.commandsTo('b')[0]?.commandId;
    expect(world.cancelsTo('b')).toEqual([{ commandId, distributionId: id, epoch: 1, keepParts: true }]);
    expect(world.outgoing.facts[0]?.name).toBe('distribution.cancelled');
    await world.completes('b');
    expect(await world.states(id)).toEqual(['a done', 'b cancelled', 'c cancelled', 'd cancelled']);
    await world.join('c', {}, 2_000);
    await world.commanding.peerJoined(peerIdFor('c'));
    await world.commanding.peerJoined(peerIdFor('c'));
    expect(world.cancelsTo('c')).toMatchObject([{ keepParts: true }]);
    expect(await world.ending.cancel(id, false)).toEqual({ distributionId: id, cancelled: 0 });
    await expect(world.ending.cancel('d-none', false)).rejects.toMatchObject({ code: 'not-found' });
  });

  it('is retried where it failed, and ends again', async () => {
    const id = await world.begin({ targets: ['a', 'b'], deadline: 30_000 });
    await world.completes('a');
    await world.after(10_000);
    expect(await world.ending.retry(id)).toEqual({ distributionId: id, retried: 1 });
    await world.work();
    expect(world.commandsTo('b').map(({ epoch, deadline }) => [epoch, deadline])).toEqual([
      [0, 30_000],
      [2, undefined],
    ]);
    await world.completes('b');
    expect(world.outgoing.facts.map(({ name }) => name)).toEqual([
      'distribution.failed',
      'distribution.completed',
    ]);
    expect(new Set(world.outgoing.facts.map((fact) => fact.id)).size).toBe(2);
    expect(await world.ending.retry(id)).toEqual({ distributionId: id, retried: 0 });
  });

  it('is taken up by a process that starts, in steps that no worker can have died with', async () => {
    const id = await world.begin({ targets: FOUR, deadline: 30_000, abortShare: 0.25, retries: 0 });
    const failure = { to: 'failed', epoch: 0, now: world.time } as const;
    await world.registries.distributions.moveRow(id, peerIdFor('a'), failure);
    const steps = async (now: number): Promise<string[]> => {
      const distribution = await world.registries.distributions.get(id);
      const due = stepsAgain(distribution as Distribution, 'b1', now);
      return due.map(({ step, at }) => `${step.kind} ${'why' in step ? step.why : ''} ${at}`);
    };
    expect(await steps(29_999)).toEqual(['start b1 20000', 'deadline d0 30000', 'abort b1 0']);
    expect(await steps(30_000)).toContain('deadline b1 0');
    await world.ending.abort(id);
    expect(await steps(30_000)).toEqual(['stop b1 0']);
  });

  it('has the higher priority go first, also at a peer that joins', async () => {
    await world.leave('a');
    await world.leave('b');
    await world.ask({ targets: ['a', 'b'], folder: 'low', priority: 1 });
    await world.ask({ targets: ['a', 'b'], folder: 'high', priority: 8 });
    await world.join('b', {}, 2_000);
    await world.work();
    expect(world.commandsTo('b').map(({ folder }) => folder)).toEqual(['high', 'low']);
    await world.join('a', {}, 2_000);
    await world.commanding.peerJoined(peerIdFor('a'));
    await world.work();
    expect(world.commandsTo('a').map(({ folder }) => folder)).toEqual(['high', 'low']);
  });
});

describe('a distribution to many', () => {
  it('lists no more results than one message may have, those that are not done first', async () => {
    const names = Array.from({ length: MESSAGE_LIMITS.listedResults + 1 }, (_, number) => `n${number}`);
    const world = await TransferWorld.with(...names);
    const id = await world.begin({ targets: names });
    await world.completes('n0');
    await world.ending.cancel(id, false);
    await world.work();
    const { results = [], targets } = world.outgoing.facts[0]?.body ?? {};
    expect([results.length, targets]).toEqual([MESSAGE_LIMITS.listedResults, names.length]);
    expect(new Set(results.map(({ state }) => state))).toEqual(new Set(['cancelled']));
  });
});

describe('targets by selector', () => {
  it('are those that match, also when they are off', async () => {
    const world = await TransferWorld.with();
    for (const [name, role] of [
      ['a', 'edge'],
      ['b', 'edge'],
      ['c', 'core'],
    ] as const)
      await world.join(name, { role });
    await world.leave('b');
    const id = await world.begin({ targets: ['role=edge', { peer: 'a' }] });
    expect(await world.states(id)).toEqual(['a commanded', 'b offline']);
  });

  it('are the same share however often it is asked', async () => {
    const names = Array.from({ length: 20 }, (_, number) => `host${number}`);
    const world = await TransferWorld.with(...names);
    const { distributionId, targets } = await world.ask({ targets: ['25% of all'], idempotencyKey: 'k' });
    expect(targets).toBe(5);
    const chosen = (await world.states(distributionId)).join();
    const other = await TransferWorld.with(...names.toReversed());
    const again = await other.ask({ targets: ['25% of all'], idempotencyKey: 'k' });
    expect((await other.states(again.distributionId)).join()).toBe(chosen);
  });
});

describe('a group that follows a name', () => {
  let world: TransferWorld;
  let root: string;
  const published = async (content: string): Promise<void> => {
    const version = await world.publish(content);
    const facts = { fileId: 'f'.repeat(64) as never, size: 1, chunkCount: 1 };
    await world.following.published({ name: 'music.txt', version, ...facts });
    await world.following.published({ name: 'music.txt', version, ...facts });
    await world.work();
  };
  const joined = async (name: string, labels: Record<string, string>): Promise<void> => {
    await world.join(name, labels);
    await world.following.peerJoined({ peerId: peerIdFor(name) });
    await world.following.peerJoined({ peerId: peerIdFor(name) });
    await world.work();
  };
  beforeEach(async () => {
    world = await TransferWorld.with();
    await world.join('a', { role: 'edge' });
    root = await world.begin({ targets: ['role=edge'], follow: true, deadline: 60_000 });
    await world.completes('a');
  });

  it('gets the next version by itself, once, in the place of the first', async () => {
    await published('la la lu');
    expect(world.commandsTo('a')).toMatchObject([{ version: 1 }, { version: 2, force: true }]);
    expect(world.commandsTo('a')[1]?.deadline).toBeUndefined();
    const { distributions } = await world.reading.list({ limit: 9 });
    expect(distributions.map(({ followsFrom, follow }) => [followsFrom, follow])).toContainEqual([
      root,
      false,
    ]);
    expect(distributions).toHaveLength(2);
  });

  it('brings the newest version to who joins later and is meant', async () => {
    await published('la la lu');
    await joined('b', { role: 'edge' });
    await joined('c', { role: 'core' });
    await joined('a', { role: 'edge' });
    expect(world.commandsTo('b')).toMatchObject([{ version: 2 }]);
    expect(world.commandsTo('c')).toEqual([]);
    expect(world.commandsTo('a')).toHaveLength(2);
  });

  it('has who joined later and was off get the newest version only', async () => {
    await joined('b', { role: 'edge' });
    expect(world.commandsTo('b')).toMatchObject([{ version: 1 }]);
    await world.leave('b');
    await world.commanding.peerLeft(peerIdFor('b'));
    await published('la la lu');
    await world.join('b', { role: 'edge' }, 2_000);
    await world.commanding.peerJoined(peerIdFor('b'));
    await world.work();
    expect(world.commandsTo('b').map(({ version }) => version)).toEqual([1, 2]);
  });

  it('is the same share of the peers for every version', async () => {
    for (const name of FOUR) await world.join(name, { role: 'edge' });
    await world.begin({ targets: ['1 of role=edge'], follow: true, folder: 'one' });
    const chosen = (version: number): string[] =>
      FOUR.filter((name) =>
        world.commandsTo(name).some((one) => one.version === version && one.folder === 'one'),
      );
    for (const content of ['la lu', 'la li', 'la le']) await published(content);
    expect(chosen(1)).toHaveLength(1);
    for (const version of [2, 3, 4]) expect(chosen(version)).toEqual(chosen(1));
  });

  it('has who was off get the newest version only', async () => {
    await world.leave('a');
    await published('la la lu');
    await published('la la li');
    await world.join('a', { role: 'edge' }, 2_000);
    await world.commanding.peerJoined(peerIdFor('a'));
    await world.work();
    expect(world.commandsTo('a').map(({ version }) => version)).toEqual([1, 3]);
  });

  it('is followed before it is made: what cannot be followed yet does not run and end unfollowed', async () => {
    const { follows } = world.registries;
    const put = jest.spyOn(follows, 'put').mockRejectedValueOnce(new Error('away'));
    const request = { targets: ['a'], follow: true, folder: 'other' };
    await expect(world.ask(request)).rejects.toThrow('away');
    expect((await world.reading.list({ limit: 9 })).distributions).toHaveLength(1);
    put.mockRestore();
    await world.begin(request);
    await world.completes('a');
    await published('la la lu');
    expect(world.commandsTo('a').map(({ version, folder }) => [version, folder])).toContainEqual([
      2,
      'other',
    ]);
  });

  it('begins with a version that came while it was asked for, of which nobody will tell it', async () => {
    const { follows } = world.registries;
    const put = follows.put.bind(follows);
    jest.spyOn(follows, 'put').mockImplementationOnce(async (follow, max) => {
      await world.publish('la la lu');
      return put(follow, max);
    });
    await world.begin({ targets: ['a'], follow: true, folder: 'other' });
    await world.completes('a');
    await published('la la li');
    const versions = world.commandsTo('a').filter(({ folder }) => folder === 'other');
    expect(versions.map(({ version }) => version)).toEqual([2, 3]);
  });

  it('ends when it, or one that follows from it, is cancelled', async () => {
    await published('la la lu');
    const { distributions } = await world.reading.list({ limit: 9 });
    const later = distributions.find(({ followsFrom }) => followsFrom === root);
    await world.ending.cancel(later?.distributionId as string, false);
    await published('la la li');
    expect(world.commandsTo('a')).toHaveLength(2);
    expect(world.troubles).toEqual([]);
  });
});
