import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { AnchorPart } from '../../tools/network/network.js';
import { sha256, untilTrue } from '../e2e/network/stage.js';
import { KillStage, type Death } from './kill-stage.js';

const SIZE = 128 * 1_024;
const CHUNK = 16 * 1_024;
/** Bytes a second: a target that goes is not done before. */
const SLOW = 32 * 1_024;

type Course = (file: string, death?: Death) => Promise<object>;
type Points = readonly (readonly [part: AnchorPart, point: string, about?: string])[];

describe('a distribution whose target comes or goes, when a process of the anchor is killed', () => {
  let on: KillStage;

  beforeAll(async () => {
    on = await KillStage.open(['host1', 'host2', 'host3']);
  }, 120_000);
  afterAll(() => on?.close());

  const isHere = async (name: string): Promise<boolean> =>
    (await on.stage.broker.request('connection.peers', {})).peers.some((peer) => peer.name === name);
  /** It comes back with the folders and the key that it had. */
  const comes = async (name: string): Promise<unknown> => {
    const { dataFolder, roots } = on.stage.peer(name);
    return on.stage.network.addPeer({ name, dataFolder, roots });
  };
  const leaves = (name: string): Promise<unknown> => on.stage.peer(name).process.stop(5_000);
  const crashes = async (name: string): Promise<unknown> => {
    const { process } = on.stage.peer(name);
    process.kill('SIGKILL');
    return process.exited;
  };
  const publish = async (file: string): Promise<string> => {
    const bytes = randomBytes(SIZE);
    await on.stage.publish('host1', file, bytes, CHUNK);
    return sha256(bytes);
  };
  const checkAll = (file: string, digest: string): void => {
    for (const peer of ['host2', 'host3']) expect(sha256(on.stage.read(peer, file))).toBe(digest);
  };

  /** Who goes on with its part counts the bytes of that run only: how many depends on the moment when it went. */
  const withoutTotals = (outcome: object): object =>
    JSON.parse(
      JSON.stringify(outcome, (key, value: unknown) => (key === 'total' ? undefined : value)),
    ) as object;

  const joining: Course = async (file, death) => {
    const digest = await publish(file);
    await leaves('host3');
    await untilTrue(async () => !(await isHere('host3')));
    const id = await on.order(file, { targets: ['host2', 'host3'] });
    await on.untilRow(id, 'host2', 'done');
    await on.untilRow(id, 'host3', 'offline');
    await on.through(death, () => comes('host3'));
    await on.ended(id);
    checkAll(file, digest);
    return on.outcome(id);
  };

  /** Its turn goes to the next one; it goes on when it is back. */
  const going =
    (goes: (name: string) => Promise<unknown>): Course =>
    async (file, death) => {
      const digest = await publish(file);
      const order = { targets: ['host3', 'host2'], concurrency: 1, maxDownRate: SLOW };
      const id = on.idOf(file);
      await on.through(death, async () => {
        await on.order(file, order);
        await on.untilRow(id, 'host3', 'downloading');
        await goes('host3');
      });
      await on.untilRow(id, 'host2', 'done');
      await on.untilRow(id, 'host3', 'offline');
      await comes('host3');
      await on.ended(id);
      checkAll(file, digest);
      return withoutTotals(await on.outcome(id));
    };

  const GONE: Points = [
    ['connection', 'before peers.leave'],
    ['connection', 'after peers.leave'],
    ['connection', 'after outgoing.fact peer.left'],
    ['transfer', 'before distributions.moveRow offline'],
    ['transfer', 'after distributions.moveRow offline'],
    // Of a row that changed, not the first one.
    ['transfer', 'after steps.add start', '"why":"r'],
  ];
  const COURSES: readonly (readonly [string, Course, Points])[] = [
    [
      'joins',
      joining,
      [
        ['connection', 'before peers.join'],
        ['connection', 'after peers.join'],
        ['connection', 'after outgoing.fact peer.joined'],
        ['transfer', 'before distributions.requeue'],
        ['transfer', 'after distributions.requeue'],
        ['transfer', 'after outgoing.command command.download'],
      ],
    ],
    ['leaves', going(leaves), GONE],
    ['crashes', going(crashes), GONE],
  ];

  describe.each(COURSES)('it %s', (name, course, points) => {
    let undisturbed: object;
    beforeAll(async () => {
      undisturbed = await course(`${name}-undisturbed`);
    }, 60_000);

    it.each(points)(
      '%s, %s',
      async (part, point, about = '') => {
        const file = `${name}-${part}-${point.replaceAll(/[ .]/g, '-')}`;
        expect(await course(file, { part, fault: { point, about } })).toEqual(undisturbed);
      },
      90_000,
    );
  });
});
