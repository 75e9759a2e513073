import { beforeEach, describe, expect, it } from '@jest/globals';
import { ShoalError, type Incarnation, type PeerId } from '#core';
import type {
  CommandBody,
  CommandName,
  DownloadCommand,
  DownloadRequest,
  FactBody,
  FactName,
} from '#contracts';
import type { Registries } from '#registry';
import { manifestOf, memoryRegistries, peerIdFor, peerRecord } from '#testing';
import { Announcing } from './announcing.js';
import { Commanding } from './commanding.js';
import { Distributing } from './distributing.js';
import { Outcomes } from './outcomes.js';
import type { Outgoing } from '#platform';
import type { Step, Steps } from './ports.js';

class FakeOutgoing implements Outgoing {
  readonly commands: { to: PeerId; name: string; body: DownloadCommand; id: string }[] = [];
  readonly facts: { name: string; subject: string; id: string; body: unknown }[] = [];
  readonly online = new Map<PeerId, Incarnation>();
  away = false;

  async command<N extends CommandName>(
    to: { peerId: PeerId; incarnation: Incarnation },
    name: N,
    body: CommandBody<N>,
    id: string,
  ): Promise<boolean> {
    if (this.online.get(to.peerId) !== to.incarnation) return false;
    this.commands.push({ to: to.peerId, name, body: body as DownloadCommand, id });
    return true;
  }
  async fact<N extends FactName>(name: N, subject: string, body: FactBody<N>, id: string): Promise<void> {
    if (this.away) throw new ShoalError('broker-away', 'away', { retry: 'transient' });
    this.facts.push({ name, subject, id, body });
  }
}

describe('transfer', () => {
  let registries: Registries;
  let outgoing: FakeOutgoing;
  let added: Step[];
  let distributing: Distributing;
  let commanding: Commanding;
  let outcomes: Outcomes;
  let announcing: Announcing;
  const clock = { now: () => 20_000 };

  const join = async (name: string, incarnation = 1_000): Promise<void> => {
    const peer = peerRecord(name, { incarnation });
    await registries.peers.join(peer);
    outgoing.online.set(peer.peerId, incarnation);
  };
  const ask = (more: Partial<DownloadRequest> = {}, messageId?: string) =>
    distributing.download({ file: 'music.txt', targets: ['host7'], force: false, ...more }, messageId);
  const states = async (id: string) =>
    (await distributing.status(id)).rows.map(({ name, state }) => `${name} ${state}`);
  const about = (command: DownloadCommand, peer: string) => ({
    peerId: peerIdFor(peer),
    fileId: command.fileId,
    distributionId: command.distributionId,
    commandId: command.commandId,
  });
  const completed = (command: DownloadCommand, peer: string) =>
    outcomes.completed({
      ...about(command, peer),
      size: 5,
      sha256: 'c'.repeat(64),
      path: '/f',
      milliseconds: 1,
      from: [],
    });

  beforeEach(async () => {
    registries = memoryRegistries();
    outgoing = new FakeOutgoing();
    added = [];
    const steps: Steps = {
      add: async (step) => {
        added.push(step);
      },
    };
    distributing = new Distributing(registries, steps, outgoing, clock);
    commanding = new Commanding(registries.peers, registries.distributions, outgoing, clock);
    outcomes = new Outcomes(registries.distributions, steps, clock);
    announcing = new Announcing(registries.distributions, outgoing);
    await registries.manifests.publish('music.txt', manifestOf('la la la'), 10_000);
    await join('host7');
    await join('host8');
  });

  it('makes one distribution of a request, however often it comes', async () => {
    const first = await ask({}, 'm1');
    const again = await ask({}, 'm1');
    expect(first).toMatchObject({ created: true, targets: 1 });
    expect(again).toEqual({ ...first, created: false });
    expect((await ask({}, 'm2')).distributionId).not.toBe(first.distributionId);
    expect(added[0]).toEqual({ kind: 'start', distributionId: first.distributionId });
  });

  it('takes the same words without a key as the same request only while it runs', async () => {
    const first = await ask();
    expect(await ask()).toEqual({ ...first, created: false });
    await distributing.cancel(first.distributionId, false);
    const second = await ask();
    expect(second.created).toBe(true);
    expect(second.distributionId).not.toBe(first.distributionId);
    expect(await ask()).toEqual({ ...second, created: false });
  });

  it.each([
    ['a file that nobody published', { file: 'other.txt' }, 'not-found'],
    ['a version that does not exist', { file: 'music.txt@9' }, 'not-found'],
    ['a target that nobody knows', { targets: ['host7', 'host99'] }, 'not-found'],
    ['a name that is a path', { file: '../etc/passwd' }, 'bad-name'],
  ])('refuses %s and makes nothing', async (_what, more, code) => {
    await expect(ask(more)).rejects.toMatchObject({ code });
    expect(await registries.distributions.list(undefined, 10)).toEqual([]);
  });

  it('commands whoever is here and notes the others as offline', async () => {
    outgoing.online.delete(peerIdFor('host8'));
    const { distributionId } = await ask({ targets: ['host7', 'peer:host8'], folder: 'music' });
    await commanding.start(distributionId);
    expect(await states(distributionId)).toEqual(['host7 commanded', 'host8 offline']);
    expect(outgoing.commands).toHaveLength(1);
    expect(outgoing.commands[0]).toMatchObject({
      to: peerIdFor('host7'),
      name: 'command.download',
      body: { distributionId, name: 'music.txt', version: 1, folder: 'music', force: false, epoch: 0 },
    });
  });

  it('sends nothing twice when the first step is repeated', async () => {
    const { distributionId } = await ask();
    await commanding.start(distributionId);
    await commanding.start(distributionId);
    expect(outgoing.commands).toHaveLength(1);
  });

  it('commands a peer when it joins, under its new incarnation', async () => {
    outgoing.online.clear();
    const { distributionId } = await ask();
    await commanding.start(distributionId);
    await join('host7', 2_000);
    await commanding.peerJoined(peerIdFor('host7'));
    expect(await states(distributionId)).toEqual(['host7 commanded']);
    expect(outgoing.commands).toHaveLength(1);
  });

  it('follows a row to its end and tells it once', async () => {
    const { distributionId } = await ask();
    await commanding.start(distributionId);
    const command = outgoing.commands[0]?.body as DownloadCommand;
    await outcomes.progress({ ...about(command, 'host7'), bytes: 3, size: 8, rate: 2, sources: 1 });
    expect((await distributing.status(distributionId)).rows[0]).toMatchObject({
      state: 'downloading',
      bytes: 3,
      rate: 2,
    });
    await completed(command, 'host7');
    await completed(command, 'host7');
    expect(added.filter(({ kind }) => kind === 'announce')).toHaveLength(1);
    await announcing.run();
    await announcing.run();
    expect(outgoing.facts).toHaveLength(1);
    expect(outgoing.facts[0]).toMatchObject({
      name: 'distribution.completed',
      subject: distributionId,
      body: { distributionId, state: 'completed', targets: 1, done: 1, failed: 0 },
    });
  });

  it('keeps a fact that the broker did not take', async () => {
    const { distributionId } = await ask();
    await commanding.start(distributionId);
    await completed(outgoing.commands[0]?.body as DownloadCommand, 'host7');
    outgoing.away = true;
    await expect(announcing.run()).rejects.toMatchObject({ code: 'broker-away' });
    outgoing.away = false;
    await announcing.run();
    expect(outgoing.facts).toHaveLength(1);
  });

  it('says that it failed, and why', async () => {
    const { distributionId } = await ask({ targets: ['host7', 'host8'] });
    await commanding.start(distributionId);
    const [first, second] = outgoing.commands.map(({ body }) => body) as [DownloadCommand, DownloadCommand];
    await completed(first, 'host7');
    await outcomes.failed({
      ...about(second, 'host8'),
      error: { code: 'target-exists', message: 'it is there', retry: 'permanent' },
    });
    await announcing.run();
    expect(outgoing.facts[0]).toMatchObject({ name: 'distribution.failed', body: { done: 1, failed: 1 } });
    const rows = (await distributing.status(distributionId)).rows;
    expect(rows.find(({ name }) => name === 'host8')?.error?.code).toBe('target-exists');
  });

  it('cancels: busy peers are told, the end is told', async () => {
    const { distributionId } = await ask();
    await commanding.start(distributionId);
    expect(await distributing.cancel(distributionId, false)).toEqual({ distributionId, cancelled: 1 });
    expect(outgoing.commands[1]).toMatchObject({
      name: 'command.cancel',
      body: { commandId: outgoing.commands[0]?.body.commandId, epoch: 1 },
    });
    await completed(outgoing.commands[0]?.body as DownloadCommand, 'host7');
    expect(await states(distributionId)).toEqual(['host7 cancelled']);
    await announcing.run();
    expect(outgoing.facts[0]).toMatchObject({ name: 'distribution.cancelled' });
    await expect(distributing.cancel('d-none', false)).rejects.toMatchObject({ code: 'not-found' });
  });

  it('leaves downloads alone that no command started', async () => {
    const { fileId } = manifestOf('la la la');
    await outcomes.failed({
      peerId: peerIdFor('host7'),
      fileId,
      error: { code: 'timeout', message: 'x', retry: 'transient' },
    });
    expect(added).toEqual([]);
  });
});
