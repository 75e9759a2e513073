import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { untilTrue } from '../e2e/network/stage.js';
import { KillStage, type Death } from './kill-stage.js';

const SIZE = 256 * 1_024;
const CHUNK = 16 * 1_024;
/** Bytes a second: what is to be ended must not be done before. */
const SLOW = 16 * 1_024;
/** From the order to its deadline: time for a download to begin. */
const DEADLINE_MS = 2_000;

type Course = (file: string, death?: Death) => Promise<object>;

describe('a distribution that does not just end well, when its transfer process is killed', () => {
  let on: KillStage;

  beforeAll(async () => {
    on = await KillStage.open(['host1', 'host2', 'host3', 'away']);
    await on.stage.peer('away').process.stop(5_000);
  }, 120_000);
  afterAll(() => on?.close());

  const publish = (file: string): Promise<unknown> =>
    on.stage.publish('host1', file, randomBytes(SIZE), CHUNK);
  /** Something else has the name there: the download fails for good. */
  const take = (peer: string, folder: string, file: string): void => {
    mkdirSync(on.stage.path(peer, folder), { recursive: true });
    writeFileSync(on.stage.path(peer, `${folder}/${file}`), 'something else');
  };
  const filesOf = (peer: string, folder: string): string[] => {
    const path = on.stage.path(peer, folder);
    return existsSync(path) ? readdirSync(path) : [];
  };
  const isIdle = (peer: string): Promise<number> =>
    untilTrue(async () =>
      (await on.stage.status(peer)).transfers.every(({ state }) => state !== 'downloading'),
    );

  /** Cancelled while one target downloads and the other waits; no part is left and nothing goes on. */
  const cancelled: Course = async (file, death) => {
    await publish(file);
    const order = { targets: ['host2', 'host3'], folder: file, concurrency: 1, maxDownRate: SLOW };
    const id = await on.order(file, order);
    await on.untilRow(id, 'host2', 'downloading');
    await on.through(death, () => on.send('transfer.cancel', { distributionId: id, keepParts: false }));
    await on.ended(id);
    await isIdle('host2');
    await untilTrue(async () => filesOf('host2', file).length === 0);
    expect(filesOf('host3', file)).toEqual([]);
    return on.outcome(id);
  };

  /** Half of the targets fail, the other half is told to stop. */
  const aborted: Course = async (file, death) => {
    await publish(file);
    take('host2', file, file);
    const targets = ['host2', 'host3', 'away'];
    const order = { targets, folder: file, abortShare: 0.3, retries: 0, maxDownRate: SLOW };
    await on.through(death, () => on.order(file, order));
    await on.ended(on.idOf(file));
    await isIdle('host3');
    expect(existsSync(on.stage.path('host3', `${file}/${file}`))).toBe(false);
    return on.outcome(on.idOf(file));
  };

  /** At the deadline one target downloads and one is away. */
  const late: Course = async (file, death) => {
    await publish(file);
    const targets = ['host2', 'away'];
    const more = { targets, folder: file, retries: 0, maxDownRate: SLOW };
    await on.through(death, () => on.order(file, { ...more, deadline: Date.now() + DEADLINE_MS }));
    await on.ended(on.idOf(file));
    await isIdle('host2');
    return on.outcome(on.idOf(file));
  };

  /** One of two has failed; what was in its way is gone, and it is tried again. */
  const retried: Course = async (file, death) => {
    await publish(file);
    take('host2', file, file);
    const id = await on.order(file, { targets: ['host2', 'host3'], folder: file, retries: 0 });
    await on.ended(id);
    rmSync(on.stage.path('host2', `${file}/${file}`));
    await on.through(death, () => on.send('transfer.retry', { distributionId: id }));
    await on.ended(id, 2);
    return on.outcome(id);
  };

  const COURSES: readonly (readonly [string, Course, readonly string[]])[] = [
    [
      'cancelled',
      cancelled,
      [
        'before follows.remove',
        'after follows.remove',
        'after distributions.end',
        'after steps.add stop',
        'after steps.add announce',
        'after outgoing.command command.cancel',
        'after distributions.stopped',
        'after outgoing.fact distribution.cancelled',
        'after distributions.confirmOutbox',
      ],
    ],
    [
      'aborted',
      aborted,
      [
        'before distributions.moveRow failed',
        'after distributions.moveRow failed',
        'after steps.add abort',
        'before distributions.end',
        'after distributions.end',
        'after steps.add stop',
        'after outgoing.command command.cancel',
        'after outgoing.fact distribution.failed',
      ],
    ],
    ['late', late, ['before distributions.end', 'after distributions.end', 'after steps.add stop']],
    [
      'retried',
      retried,
      [
        'before distributions.retry',
        'after distributions.retry',
        'after steps.add start',
        'after distributions.claim',
        'after outgoing.command command.download',
        'after outgoing.fact distribution.completed',
        'after distributions.confirmOutbox',
      ],
    ],
  ];

  describe.each(COURSES)('%s', (name, course, points) => {
    let undisturbed: object;
    beforeAll(async () => {
      undisturbed = await course(`${name}-undisturbed`);
    }, 60_000);

    it.each(points)(
      '%s',
      async (point) => {
        const file = `${name}-${point.replaceAll(/[ .]/g, '-')}`;
        const death: Death = { part: 'transfer', fault: { point, about: on.idOf(file) } };
        expect(await course(file, death)).toEqual(undisturbed);
      },
      90_000,
    );
  });
});
