import { randomBytes, randomInt } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { MIB, seededRandom } from '#core';
import type { ManagedProcess } from '../../tools/run/managed-process.js';
import { signal } from '../../tools/run/process-table.js';
import { sha256, Stage, untilTrue } from '../e2e/network/stage.js';
import { ioOf } from './process-io.js';

const KILLS = 4;
const SIZE = 32 * MIB;
/** Bytes a second: so slow that its lives do not suffice. */
const RATE = 4 * MIB;
/** One life in so many ends before the peer is up, the others while it downloads. */
const YOUNG = 3;
/** A life ends at a random moment of this time, milliseconds: after its start, or after its first new chunk. */
const LAST_MS = 400;

describe('a downloader that is killed again and again', () => {
  const seed = Number(process.env['CHAOS_SEED'] ?? randomInt(2 ** 31));
  const random = seededRandom(seed);
  const film = randomBytes(SIZE);
  let stage: Stage;

  beforeAll(async () => {
    process.stdout.write(`      CHAOS_SEED=${seed}\n`);
    stage = await Stage.open({ anchors: ['server1'], peers: [{ name: 'host1' }, { name: 'host2' }] });
    await stage.publish('host1', 'film', film);
  }, 120_000);
  afterAll(() => stage?.close());

  const heldBy = async (peer: string): Promise<number> => (await stage.status(peer)).transfers[0]?.held ?? 0;
  /** The peer and its engine at once, as a machine that goes. */
  const kill = async ({ pid, exited }: ManagedProcess): Promise<void> => {
    signal(-pid, 'SIGKILL');
    await exited;
  };
  const life = async (number: number): Promise<void> => {
    const { process, ready } = stage.network.launchPeer({ name: 'host2' });
    const over = ready.catch(() => undefined);
    if (number % YOUNG !== 0) {
      await ready;
      const before = await heldBy('host2');
      await untilTrue(async () => (await heldBy('host2')) > before);
    }
    await delay(LAST_MS * random());
    await Promise.all([kill(process), over]);
  };
  const distribution = async (id: string) => stage.broker.request('transfer.status', { distributionId: id });

  it('by an order on the queue: goes on by itself, and what it has is never fetched again', async () => {
    const sentBefore = ioOf((await stage.status('host1')).enginePid as number).written;
    const { distributionId } = await stage.broker.request('transfer.download', {
      file: 'film',
      targets: ['host2'],
      maxDownRate: RATE,
    });
    await untilTrue(async () => (await heldBy('host2')) > 0);
    await kill(stage.peer('host2').process);
    for (let number = 1; number < KILLS; number++) await life(number);
    await stage.network.addPeer({ name: 'host2' });
    const atLast = await heldBy('host2');
    process.stdout.write(`      the last life began with ${atLast} chunks\n`);
    await untilTrue(async () => (await distribution(distributionId)).state === 'completed', 60_000);
    expect(sha256(stage.read('host2', 'film'))).toBe(sha256(film));
    const sent = ioOf((await stage.status('host1')).enginePid as number).written - sentBefore;
    process.stdout.write(`      ${(sent / SIZE).toFixed(3)} x the file was sent\n`);
    expect(sent).toBeGreaterThan(SIZE);
    expect(sent).toBeLessThanOrEqual(1.1 * SIZE);
    await untilTrue(async () => (await stage.holderNames('film')).length === 2);
  });
});
