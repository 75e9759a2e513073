import { beforeEach, describe, expect, it } from '@jest/globals';
import { manifestOf, peerIdFor } from '#testing';
import { TransferWorld } from './test-support/transfer-world.js';

describe('transfer', () => {
  let world: TransferWorld;
  beforeEach(async () => {
    world = await TransferWorld.with('host7', 'host8');
  });

  it('makes one distribution of a request, however often it comes', async () => {
    const first = await world.ask({}, 'm1');
    const again = await world.ask({}, 'm1');
    expect(first).toMatchObject({ created: true, targets: 1 });
    expect(again).toEqual({ ...first, created: false });
    expect((await world.ask({}, 'm2')).distributionId).not.toBe(first.distributionId);
  });

  it('answers a repeated request also when its file has gone meanwhile', async () => {
    const first = await world.ask({}, 'm1');
    const order = { name: 'music.txt', everywhere: false, requestId: 'r', now: 20_000 };
    await world.registries.manifests.unpublish(order);
    expect(await world.ask({}, 'm1')).toEqual({ ...first, created: false });
    await expect(world.ask({}, 'm2')).rejects.toMatchObject({ code: 'not-found' });
  });

  it('takes the same words without a key as the same request only while it runs', async () => {
    const first = await world.ask();
    expect(await world.ask()).toEqual({ ...first, created: false });
    await world.ending.cancel(first.distributionId, false);
    const second = await world.ask();
    expect(second.created).toBe(true);
    expect(second.distributionId).not.toBe(first.distributionId);
    expect(await world.ask()).toEqual({ ...second, created: false });
  });

  it.each([
    ['a file that nobody published', { file: 'other.txt' }, 'not-found'],
    ['a version that does not exist', { file: 'music.txt@9' }, 'not-found'],
    ['a target that nobody knows', { targets: ['host7', 'host99'] }, 'not-found'],
    ['a selector that means nobody', { targets: ['role=edge'] }, 'not-found'],
    ['a selector that is none', { targets: ['role=edge and'] }, 'bad-message'],
    ['a name that is a path', { file: '../etc/passwd' }, 'bad-name'],
    ['a deadline that is over', { deadline: 19_000 }, 'bad-message'],
    ['a start in ten years', { startAt: '2036-01-01T00:00:00Z' }, 'bad-message'],
    ['to follow one version', { file: 'music.txt@1', follow: true }, 'bad-message'],
  ])('refuses %s and makes nothing', async (_what, more, code) => {
    await expect(world.ask(more)).rejects.toMatchObject({ code });
    expect(await world.registries.distributions.list(undefined, 10)).toEqual([]);
  });

  it('commands whoever is here and notes the others as offline', async () => {
    world.outgoing.online.delete(peerIdFor('host8'));
    const id = await world.begin({ targets: ['host7', 'peer:host8'], folder: 'music' });
    expect(await world.states(id)).toEqual(['host7 commanded', 'host8 offline']);
    expect(world.outgoing.commands).toHaveLength(1);
    expect(world.commandsTo('host7')[0]).toMatchObject({
      ...{ distributionId: id, name: 'music.txt', version: 1, folder: 'music', force: false, epoch: 0 },
    });
  });

  it('sends nothing twice when a step is repeated', async () => {
    const id = await world.begin();
    await world.advancing.run(id);
    await world.advancing.run(id);
    expect(world.outgoing.commands).toHaveLength(1);
  });

  it('sends again what was claimed and may not have been sent', async () => {
    const { distributionId } = await world.ask();
    world.outgoing.away = true;
    await expect(world.work()).rejects.toMatchObject({ code: 'broker-away' });
    world.outgoing.away = false;
    await world.advancing.run(distributionId);
    expect(world.outgoing.commands).toHaveLength(0);
    await world.after(2_500);
    expect(world.commandsTo('host7')).toHaveLength(1);
    await world.after(60_000);
    expect(world.commandsTo('host7')).toHaveLength(1);
  });

  it('commands a peer when it joins, under its new incarnation, and again when it comes back', async () => {
    await world.leave('host7');
    const id = await world.begin();
    expect(await world.states(id)).toEqual(['host7 offline']);
    await world.join('host7', {}, 2_000);
    await world.commanding.peerJoined(peerIdFor('host7'));
    await world.work();
    expect(await world.states(id)).toEqual(['host7 commanded']);
    expect(world.commandsTo('host7')).toHaveLength(1);
    await world.commanding.peerJoined(peerIdFor('host7'));
    expect(world.commandsTo('host7').map(({ commandId }) => commandId)).toHaveLength(2);
  });

  it('has a peer that left offline, and lets another one have its turn', async () => {
    const id = await world.begin({ targets: ['host7', 'host8'], concurrency: 1 });
    expect(await world.states(id)).toEqual(['host7 commanded', 'host8 waiting']);
    await world.leave('host7');
    await world.commanding.peerLeft(peerIdFor('host7'));
    await world.work();
    expect(await world.states(id)).toEqual(['host7 offline', 'host8 commanded']);
  });

  it('does not take a peer for gone that is back already', async () => {
    const id = await world.begin();
    await world.join('host7', {}, 2_000);
    await world.commanding.peerLeft(peerIdFor('host7'));
    expect(await world.states(id)).toEqual(['host7 commanded']);
  });

  it('finds a peer that left without a word offline, unless it has just told something', async () => {
    const id = await world.begin({ targets: ['host7', 'host8'], concurrency: 1 });
    const [first, second] = (await world.states(id)).map((row) => row.split(' ')[0] as string);
    await world.leave(first as string);
    await world.after(59_000);
    await world.looksForLost();
    expect(await world.states(id)).toContain(`${first} commanded`);
    await world.after(2_000);
    await world.looksForLost();
    const states = await world.states(id);
    expect(states).toContain(`${first} offline`);
    expect(states).toContain(`${second} commanded`);
  });

  it('follows a row to its end and tells it once', async () => {
    const id = await world.begin();
    await world.progresses('host7', 3);
    const status = await world.reading.status({ distributionId: id, limit: 10 });
    expect(status.rows[0]).toMatchObject({ state: 'downloading', bytes: 3, rate: 2 });
    world.time += 500;
    await world.completes('host7', [{ peerId: peerIdFor('host8'), chunks: 1, bytes: 8 }]);
    await world.completes('host7');
    expect(world.outgoing.facts).toHaveLength(1);
    expect(world.outgoing.facts[0]).toMatchObject({
      name: 'distribution.completed',
      subject: id,
      body: {
        ...{ distributionId: id, state: 'completed', targets: 1, done: 1, failed: 0 },
        bytes: { sameLabel: 0, other: 8, storage: 0 },
        phases: { queued: 0, commanding: 0, starting: 0, delivering: 500 },
        efficiency: { boundMs: 4, tookMs: 500, share: 4 / 500, rate: 2_000, rateFrom: 'fastest-target' },
        results: [{ name: 'host7', state: 'done', milliseconds: 4 }],
      },
    });
  });

  it('says where bytes came from', async () => {
    await world.join('near', { rack: 'b' }, 2_000);
    await world.join('store', { anchor: 'server1', rack: 'b' });
    await world.join('host7', { rack: 'b' }, 2_000);
    await world.begin();
    const from = (name: string, bytes: number) => ({ peerId: peerIdFor(name), chunks: 1, bytes });
    await world.completes('host7', [from('near', 1), from('store', 2), from('host8', 4), from('nobody', 8)]);
    expect(world.outgoing.facts[0]?.body.bytes).toEqual({ sameLabel: 1, other: 12, storage: 2 });
  });

  it('keeps a fact that the broker did not take', async () => {
    await world.begin();
    world.outgoing.away = true;
    await expect(world.completes('host7')).rejects.toMatchObject({ code: 'broker-away' });
    world.outgoing.away = false;
    await world.announcing.run();
    expect(world.outgoing.facts).toHaveLength(1);
  });

  it('says that it failed, and why', async () => {
    const id = await world.begin({ targets: ['host7', 'host8'] });
    await world.completes('host7');
    await world.fails('host8');
    expect(world.outgoing.facts[0]).toMatchObject({
      name: 'distribution.failed',
      body: { done: 1, failed: 1, results: [{ name: 'host8', state: 'failed' }, { name: 'host7' }] },
    });
    const [, row] = (await world.reading.status({ distributionId: id, limit: 10 })).rows;
    expect(row?.error?.code).toBe('target-exists');
  });

  it('pages through rows and distributions', async () => {
    const id = await world.begin({ targets: ['host7', 'host8'] });
    const first = await world.reading.status({ distributionId: id, limit: 1 });
    expect(first.rows.map(({ name }) => name)).toEqual(['host7']);
    const second = await world.reading.status({ distributionId: id, limit: 1, after: first.next });
    expect(second.rows.map(({ name }) => name)).toEqual(['host8']);
    expect(second.next).toBeUndefined();
    const none = await world.reading.status({ distributionId: id, limit: 1, states: ['failed'] });
    expect(none.rows).toEqual([]);
    world.time += 1;
    const later = await world.begin({ targets: ['host7'] });
    const page = await world.reading.list({ limit: 1 });
    expect(page).toMatchObject({ distributions: [{ distributionId: later }], next: later });
    const last = await world.reading.list({ limit: 1, after: page.next });
    expect(last).toMatchObject({ distributions: [{ distributionId: id, counts: { commanded: 2 } }] });
    expect(last.next).toBeUndefined();
    await expect(world.reading.status({ distributionId: 'd-none', limit: 1 })).rejects.toMatchObject({
      code: 'not-found',
    });
  });

  it('leaves downloads alone that no command started', async () => {
    const { fileId } = manifestOf('la la la');
    const error = { code: 'timeout', message: 'x', retry: 'transient' } as const;
    await world.outcomes.failed({ peerId: peerIdFor('host7'), fileId, error });
    expect(world.steps.jobs.size).toBe(0);
  });
});
