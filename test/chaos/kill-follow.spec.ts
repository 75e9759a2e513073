import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { PeerId } from '#core';
import type { AnchorPart } from '../../tools/network/network.js';
import { distributionIdOf, followKey } from '../../apps/transfer/src/download-request.js';
import { sha256 } from '../e2e/network/stage.js';
import { KillStage, type Death } from './kill-stage.js';

const SIZE = 64 * 1_024;
const CHUNK = 16 * 1_024;

/** Where it dies, and what that call is about: the name, the distribution that was asked for, or the one that follows. */
type Point = readonly [part: AnchorPart, point: string, about: 'file' | 'root' | 'next'];

/** From the publisher's request to the end of what the new version replaces. */
const NEXT: readonly Point[] = [
  ['manifest', 'before manifests.publish', 'file'],
  ['manifest', 'after manifests.publish', 'file'],
  ['manifest', 'after outgoing.fact file.published', 'file'],
  ['transfer', 'before distributions.create', 'file'],
  ['transfer', 'after distributions.create', 'file'],
  ['transfer', 'after steps.add start', 'next'],
  ['transfer', 'before distributions.end', 'root'],
  ['transfer', 'after distributions.end', 'root'],
  ['transfer', 'after steps.add announce', 'root'],
];

/** From the join to the first command of the distribution that it makes. */
const LATE: readonly (readonly [AnchorPart, string])[] = [
  ['connection', 'after peers.join'],
  ['transfer', 'before distributions.create'],
  ['transfer', 'after distributions.create'],
  ['transfer', 'after steps.add start'],
  ['transfer', 'after outgoing.command command.download'],
];

const NEW = ['before follows.put', 'after follows.put', 'after distributions.create'] as const;

describe('a group that follows a name, when a process of the anchor is killed', () => {
  let on: KillStage;
  let joiners = 0;
  let undisturbed: Record<'next' | 'late' | 'new', object>;

  beforeAll(async () => {
    on = await KillStage.open(['host1', 'host2', 'host3', 'away']);
    await on.stage.peer('away').process.stop(5_000);
    undisturbed = {
      next: await nextVersion('next-undisturbed'),
      late: await lateJoiner('late-undisturbed'),
      new: await newFollow('new-undisturbed'),
    };
  }, 120_000);
  afterAll(() => on?.close());

  const publish = async (file: string): Promise<string> => {
    const bytes = randomBytes(SIZE);
    await on.stage.publish('host1', file, bytes, CHUNK);
    return sha256(bytes);
  };
  const has = (peer: string, file: string, digest: string): boolean =>
    sha256(on.stage.read(peer, `group/${file}`)) === digest;
  const nextOf = (file: string): string => distributionIdOf(followKey(on.idOf(file), 2));
  const follow = (file: string, targets: string[]): Promise<string> =>
    on.order(file, { targets, folder: 'group', follow: true });

  /** The first version reaches two and waits for a third; the second takes its place at all of them. */
  const nextVersion = async (file: string, death?: Death): Promise<object> => {
    const [root, next] = [on.idOf(file), nextOf(file)];
    await publish(file);
    await follow(file, ['host2', 'host3', 'away']);
    for (const peer of ['host2', 'host3']) await on.untilRow(root, peer, 'done');
    await on.untilRow(root, 'away', 'offline');
    let digest = '';
    await on.through(death, async () => (digest = await publish(file)));
    for (const peer of ['host2', 'host3']) await on.untilRow(next, peer, 'done');
    await on.untilRow(next, 'away', 'offline');
    await on.ended(root);
    for (const peer of ['host2', 'host3']) expect(has(peer, file, digest)).toBe(true);
    await on.send('transfer.cancel', { distributionId: root, keepParts: false });
    await on.send('transfer.cancel', { distributionId: next, keepParts: false });
    await on.ended(next);
    return { first: await on.outcome(root), second: await on.outcome(next) };
  };

  /** Who joins later and is meant gets what is there; the others do not get it twice. */
  const lateJoiner = async (file: string, death?: Death): Promise<object> => {
    const root = on.idOf(file);
    const digest = await publish(file);
    await follow(file, [`host2 or only=${file}`]);
    await on.ended(root);
    // Its control socket lies in a folder of that name: a path of a socket is short.
    const peer = `late${++joiners}`;
    await on.through(death, () => on.stage.network.addPeer({ name: peer, labels: { only: file } }));
    const late = distributionIdOf(followKey(root, 1, peerIdOf(peer)));
    await on.ended(late);
    expect(has(peer, file, digest)).toBe(true);
    await on.send('transfer.cancel', { distributionId: root, keepParts: false });
    await on.stage.peer(peer).process.stop(5_000);
    return { first: await on.outcome(root), late: nameless(await on.outcome(late), peer) };
  };

  /** What is asked to follow a name follows it, wherever the first request of it died. */
  const newFollow = async (file: string, death?: Death): Promise<object> => {
    const [root, next] = [on.idOf(file), nextOf(file)];
    await publish(file);
    await on.through(death, () => follow(file, ['host2', 'host3']));
    await on.ended(root);
    // What came again of the request has been handled: it is in the queue before this.
    await on.stage.broker.request('transfer.list', {});
    const digest = await publish(file);
    await on.ended(next);
    for (const peer of ['host2', 'host3']) expect(has(peer, file, digest)).toBe(true);
    await on.send('transfer.cancel', { distributionId: root, keepParts: false });
    return { first: await on.outcome(root), second: await on.outcome(next) };
  };

  const peerIdOf = (name: string): PeerId => on.stage.peer(name).announced['peerId'] as PeerId;
  const nameless = (outcome: object, peer: string): unknown =>
    JSON.parse(JSON.stringify(outcome).replaceAll(peer, 'PEER'));
  const fileOf = (course: string, point: string): string => `${course}-${point.replaceAll(/[ .]/g, '-')}`;

  it.each(NEXT)(
    'a new version: %s, %s',
    async (part, point, about) => {
      const file = fileOf(`next-${part}`, point);
      const texts = { file, root: on.idOf(file), next: nextOf(file) };
      const death = { part, fault: { point, about: texts[about] } };
      expect(await nextVersion(file, death)).toEqual(undisturbed.next);
    },
    90_000,
  );

  it.each(LATE)(
    'one that joins later: %s, %s',
    async (part, point) => {
      const file = fileOf(`late-${part}`, point);
      expect(await lateJoiner(file, { part, fault: { point } })).toEqual(undisturbed.late);
    },
    90_000,
  );

  it.each(NEW)(
    'the request: transfer, %s',
    async (point) => {
      const file = fileOf('new', point);
      const death = { part: 'transfer', fault: { point, about: file } } as const;
      expect(await newFollow(file, death)).toEqual(undisturbed.new);
    },
    90_000,
  );
});
