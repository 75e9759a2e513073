import { beforeEach, describe, expect, it } from '@jest/globals';
import type { CommandBody, CommandName, FactName, StoreCommand } from '#contracts';
import type { PeerId } from '#core';
import type { Outgoing } from '#platform';
import type { Registries } from '#registry';
import { manifestOf, memoryRegistries, peerIdFor, peerRecord } from '#testing';
import type { Step, Steps } from '../ports.js';
import { STALL_MS } from './decide.js';
import { PlacementOutcomes } from './placement-outcomes.js';
import { Placing } from './placing.js';
import { Storing } from './storing.js';

const SONG = manifestOf('la '.repeat(2_000));
const CHUNKS = SONG.chunkCount;

class FakeOutgoing implements Outgoing {
  commands: { to: PeerId; body: StoreCommand; id: string }[] = [];
  readonly cancelled: PeerId[] = [];
  readonly facts: { name: string; subject: string; id: string; body: unknown }[] = [];

  async command<N extends CommandName>(
    to: { peerId: PeerId },
    name: N,
    body: CommandBody<N>,
    id: string,
  ): Promise<boolean> {
    if (name === 'command.cancel') this.cancelled.push(to.peerId);
    else this.commands.push({ to: to.peerId, body: body as StoreCommand, id });
    return true;
  }
  async fact(name: FactName, subject: string, body: unknown, id: string): Promise<void> {
    this.facts.push({ name, subject, id, body });
  }
}

describe('placing', () => {
  let registries: Registries;
  let outgoing: FakeOutgoing;
  let added: Step[];
  let storing: Storing;
  let placing: Placing;
  let outcomes: PlacementOutcomes;
  let time: number;
  const clock = { now: () => time };

  const join = (name: string): Promise<unknown> =>
    registries.peers.join(peerRecord(name, { storage: { max: 1e6, free: 1e6 } }));
  const ask = (more: object = {}, messageId?: string) =>
    storing.store(
      { file: 'song', copies: 2, storage: false, exclude: [peerIdFor('ada')], ...more },
      messageId,
    );
  const about = ({ to, body }: FakeOutgoing['commands'][number]) => ({
    ...{ peerId: to, fileId: body.fileId, distributionId: body.distributionId, commandId: body.commandId },
  });
  const completed = (command: FakeOutgoing['commands'][number]) =>
    outcomes.completed({ ...about(command), size: 1, sha256: 'c', path: '/p', milliseconds: 1, from: [] });
  /** The anchors hear of the chunks, as peers tell them. */
  const acknowledge = ({ to, body }: FakeOutgoing['commands'][number], sequence = 1) =>
    registries.holders.acknowledge({ peerId: to, incarnation: 1_000, sequence }, [
      { fileId: body.fileId, chunkCount: CHUNKS, ranges: body.ranges },
    ]);
  const states = async (id: string) =>
    Object.fromEntries((await storing.status(id)).rows.map(({ name, state }) => [name, state]));

  beforeEach(async () => {
    time = 1_000_000;
    registries = memoryRegistries();
    outgoing = new FakeOutgoing();
    added = [];
    const steps: Steps = { add: async (step) => void added.push(step) };
    storing = new Storing(registries, steps, clock);
    placing = new Placing(registries, steps, outgoing, clock);
    outcomes = new PlacementOutcomes(registries.placements, steps, clock);
    await registries.manifests.publish('song', SONG, 1);
    for (const name of ['ada', 'bob', 'eve', 'dan']) await join(name);
  });

  it('makes one placement of a request, however often it comes', async () => {
    const first = await ask({}, 'm1');
    expect(first).toMatchObject({ created: true, placementId: expect.stringMatching(/^p-/) as unknown });
    expect(await ask({}, 'm1')).toEqual({ ...first, created: false });
    expect((await ask({}, 'm2')).placementId).not.toBe(first.placementId);
    expect(added[0]).toMatchObject({ kind: 'place', distributionId: first.placementId });
    await expect(ask({ file: 'nothing' })).rejects.toMatchObject({ code: 'not-found' });
  });

  it('ends when the anchors know of every copy, and tells it once', async () => {
    const { placementId } = await ask();
    await placing.run(placementId);
    expect(outgoing.commands.map(({ to }) => to)).not.toContain(peerIdFor('ada'));
    for (const command of outgoing.commands) await completed(command);
    added = [];
    await placing.run(placementId);
    expect((await storing.status(placementId)).state).toBe('running');
    expect(added).toMatchObject([{ kind: 'place', distributionId: placementId }]);
    for (const command of outgoing.commands) await acknowledge(command);
    await placing.run(placementId);
    await placing.run('all');
    expect(outgoing.facts).toMatchObject([
      {
        ...{ name: 'placement.completed', subject: placementId, id: `placement-ended/${placementId}` },
        body: { placementId, name: 'song', copies: 2, peers: 3 },
      },
    ]);
    expect(await registries.placements.open(10)).toEqual([]);
  });

  it('sends an order again until its peer says something, always under the same id', async () => {
    const { placementId } = await ask();
    await placing.run(placementId);
    await placing.run(placementId);
    const ids = outgoing.commands.map(({ id }) => id);
    expect(ids).toHaveLength(6);
    expect(new Set(ids).size).toBe(3);
    const [first] = outgoing.commands;
    if (first === undefined) throw new Error('no command');
    await outcomes.progress({ ...about(first), bytes: 5, size: 6_000, rate: 1, sources: 1 });
    outgoing.commands = [];
    await placing.run(placementId);
    expect(outgoing.commands.map(({ id }) => id)).not.toContain(first.id);
    expect((await storing.status(placementId)).rows.find(({ peerId }) => peerId === first.to)).toMatchObject({
      ...{ state: 'placing', bytes: 5 },
    });
  });

  it('goes on with others when a peer is lost or says no', async () => {
    await join('fay');
    const { placementId } = await ask();
    await placing.run(placementId);
    const [first, second] = outgoing.commands as [
      FakeOutgoing['commands'][number],
      FakeOutgoing['commands'][number],
    ];
    await registries.peers.leave(first.to, 1_000);
    const error = { code: 'disk-full', message: 'no room', retry: 'permanent' } as const;
    await outcomes.failed({ ...about(second), error });
    outgoing.commands = [];
    await placing.run('all');
    const lost = [first.to, second.to];
    expect(outgoing.commands.some(({ to }) => lost.includes(to))).toBe(false);
    expect(outgoing.commands.map(({ body }) => body.ranges)).toEqual([[[0, CHUNKS]], [[0, CHUNKS]]]);
    expect(Object.values(await states(placementId)).filter((state) => state === 'failed')).toHaveLength(2);
  });

  it('does not take what a peer says of an older order', async () => {
    const { placementId } = await ask();
    await placing.run(placementId);
    const old = outgoing.commands.map((command) => ({
      ...command,
      body: { ...command.body, commandId: command.body.commandId.replace(/\d+$/, '0') },
    }));
    for (const command of old) await completed(command);
    expect(new Set(Object.values(await states(placementId)))).toEqual(new Set(['waiting']));
  });

  it('fails with what is missing, and says so', async () => {
    const { placementId } = await ask({ copies: 9 });
    await placing.run(placementId);
    expect(outgoing.commands).toEqual([]);
    expect(outgoing.facts).toMatchObject([
      { name: 'placement.failed', body: { error: { code: 'peer-offline' } } },
    ]);
    expect(await storing.status(placementId)).toMatchObject({ state: 'failed' });
  });

  it('stops peers that do not move, and all when it fails', async () => {
    const { placementId } = await ask();
    await placing.run(placementId);
    const [slow, ...others] = outgoing.commands;
    if (slow === undefined) throw new Error('no command');
    time += STALL_MS;
    for (const one of others)
      await outcomes.progress({ ...about(one), bytes: 1, size: 9, rate: 1, sources: 1 });
    time += 1;
    await placing.run(placementId);
    expect(outgoing.cancelled).toEqual([slow.to]);
    await registries.peers.leave(others[0]?.to as PeerId, 1_000);
    await placing.run(placementId);
    expect((await storing.status(placementId)).state).toBe('failed');
    expect(outgoing.cancelled).toEqual([slow.to, others[1]?.to]);
  });

  it('looks at running placements when somebody comes or goes, and at nothing else', async () => {
    await placing.peersChanged();
    expect(added).toEqual([]);
    await ask();
    added = [];
    await placing.peersChanged();
    expect(added).toEqual([{ kind: 'place', distributionId: 'all', look: 'peers' }]);
  });
});
