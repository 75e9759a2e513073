import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ANCHOR_PARTS } from '../../tools/network/network.js';
import { sha256, untilTrue } from '../e2e/network/stage.js';
import { KillStage, type Death } from './kill-stage.js';

const SIZE = 128 * 1_024;
const CHUNK = 16 * 1_024;
/** Bytes a second, where something is killed while peers download. */
const SLOW = 128 * 1_024;

/** Between any two steps of a distribution: from the request to the moment when its end is known to be told. */
const POINTS = [
  'before distributions.create',
  'after distributions.create',
  'after steps.add start',
  'after distributions.claim',
  'after outgoing.command command.download',
  'after distributions.sent',
  'before distributions.moveRow done',
  'after distributions.moveRow done',
  'before outgoing.fact distribution.completed',
  'after outgoing.fact distribution.completed',
  'after distributions.confirmOutbox',
] as const;

describe('a distribution whose anchor is killed', () => {
  let on: KillStage;
  let undisturbed: object;

  beforeAll(async () => {
    on = await KillStage.open(['host1', 'host2', 'host3']);
    undisturbed = await course('undisturbed');
  }, 120_000);
  afterAll(() => on?.close());

  /** A file of its own is ordered for two peers, one after the other; resolves with what became of it. */
  const course = async (
    file: string,
    death?: Death,
    meanwhile: () => Promise<void> = async () => undefined,
    more: { readonly maxDownRate?: number } = {},
  ): Promise<object> => {
    const bytes = randomBytes(SIZE);
    await on.stage.publish('host1', file, bytes, CHUNK);
    const id = on.idOf(file);
    await on.through(death, () => on.order(file, { targets: ['host2', 'host3'], concurrency: 1, ...more }));
    await meanwhile();
    await on.ended(id);
    for (const peer of ['host2', 'host3']) expect(sha256(on.stage.read(peer, file))).toBe(sha256(bytes));
    const { distributions } = await on.stage.broker.request('transfer.list', {});
    expect(distributions.filter(({ name }) => name === file)).toHaveLength(1);
    return on.outcome(id);
  };
  const isDownloading = (file: string): Promise<number> =>
    untilTrue(async () =>
      on.heard.some(
        ({ name, body }) => name === 'download.progress' && body['distributionId'] === on.idOf(file),
      ),
    );

  it.each(POINTS)(
    'transfer, %s',
    async (point) => {
      const file = point.replaceAll(/[ .]/g, '-');
      expect(await course(file, { part: 'transfer', fault: { point } })).toEqual(undisturbed);
    },
    60_000,
  );

  it.each(['before holders.acknowledge', 'after holders.acknowledge'])(
    'manifest, %s, of a target',
    async (point) => {
      const file = `manifest-${point.replaceAll(/[ .]/g, '-')}`;
      expect(await course(file, { part: 'manifest', fault: { point } })).toEqual(undisturbed);
    },
    60_000,
  );

  it.each([
    ['connection', ['connection']],
    ['manifest', ['manifest']],
    ['all three', ANCHOR_PARTS],
  ] as const)(
    '%s, while a target downloads',
    async (what, parts) => {
      const file = `${what.replace(' ', '-')}-killed`;
      const meanwhile = async (): Promise<void> => {
        await isDownloading(file);
        await Promise.all(parts.map((part) => on.killPart(part)));
        await Promise.all(parts.map((part) => on.startAgain(part)));
      };
      expect(await course(file, undefined, meanwhile, { maxDownRate: SLOW })).toEqual(undisturbed);
    },
    60_000,
  );
});
