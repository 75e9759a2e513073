import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import amqp from 'amqplib';
import { FACTS, topologyOf, type DistributionStatus, type FactBody, type RequestBody } from '#contracts';
import { testServices } from '../../../tools/services/test-environment.js';
import { Stage, untilTrue } from './stage.js';

const SIZE = 2 * 1_024 * 1_024;
const CHUNK = 64 * 1_024;
const HOSTS = ['host1', 'host2', 'host3'] as const;
/** From the order to its start. */
const LATER_MS = 2_000;

interface Heard {
  readonly name: string;
  readonly at: number;
  readonly body: Record<string, unknown>;
}

describe('the course of distributions on a network of real processes', () => {
  let stage: Stage;
  let connection: amqp.ChannelModel;
  const heard: Heard[] = [];

  beforeAll(async () => {
    const racks = { source: 'a', host1: 'a', host2: 'b', host3: 'b' };
    const peers = Object.entries(racks).map(([name, rack]) => ({ name, labels: { rack } }));
    stage = await Stage.open({ anchors: ['server1'], peers });
    connection = await amqp.connect(testServices().amqpUrl('admin'));
    const channel = await connection.createChannel();
    const { queue } = await channel.assertQueue('', { exclusive: true });
    for (const key of ['download.*.*', 'distribution.*.*'])
      await channel.bindQueue(queue, topologyOf(stage.network.id).exchanges.events, key);
    await channel.consume(queue, (message) => message !== null && hear(message), { noAck: true });
  }, 120_000);
  afterAll(async () => {
    await connection?.close();
    await stage?.close();
  });

  const hear = ({ content, properties }: amqp.ConsumeMessage): void => {
    const body = JSON.parse(content.toString()) as Heard['body'];
    heard.push({ name: String(properties.type), at: performance.now(), body });
  };
  const publish = (file: string) => stage.publish('source', file, randomBytes(SIZE), CHUNK);
  const ask = (file: string, more: Partial<RequestBody<'transfer.download'>>) =>
    stage.broker.request('transfer.download', { file, targets: [...HOSTS], folder: file, ...more });
  /** A file of its own, as what a peer holds it only copies; into a folder of that name. */
  const download = async (file: string, more: Partial<RequestBody<'transfer.download'>>): Promise<string> => {
    await publish(file);
    return (await ask(file, more)).distributionId;
  };
  const status = (distributionId: string): Promise<DistributionStatus> =>
    stage.broker.request('transfer.status', { distributionId });
  const factsOf = (id: string, prefix: string): Heard[] =>
    heard.filter(({ name, body }) => name.startsWith(prefix) && body['distributionId'] === id);
  const endOf = async (id: string): Promise<FactBody<'distribution.completed'>> => {
    await untilTrue(async () => factsOf(id, 'distribution.').length > 0, 30_000);
    return FACTS['distribution.completed'].parse(factsOf(id, 'distribution.')[0]?.body);
  };
  const commandedAt = async (id: string): Promise<(number | undefined)[]> =>
    (await status(id)).rows.map((row) => row.commandedAt);

  it('starts at its time, and not before', async () => {
    await publish('later');
    const startAt = Date.now() + LATER_MS;
    const { distributionId: id } = await ask('later', { startAt, deadline: startAt + 60_000 });
    expect(await status(id)).toMatchObject({ state: 'running', counts: { waiting: HOSTS.length } });
    expect(await commandedAt(id)).toEqual(HOSTS.map(() => undefined));
    const { createdAt, phases } = await endOf(id);
    for (const moment of await commandedAt(id)) expect(moment).toBeGreaterThanOrEqual(startAt);
    expect(phases.queued).toBeGreaterThanOrEqual(startAt - createdAt);
  }, 60_000);

  it.each([
    ['before it starts', () => ({ startAt: Date.now() + 60_000, deadline: Date.now() + 30_000 })],
    ['that is over', () => ({ deadline: Date.now() - 1_000 })],
    ['in two years', () => ({ deadline: Date.now() + 2 * 365 * 86_400_000 })],
  ])('a deadline %s is refused, and nothing is made', async (_which, times) => {
    const made = async (): Promise<number> =>
      (await stage.broker.request('transfer.list', {})).distributions.length;
    await publish('refused');
    const before = await made();
    await expect(ask('refused', times())).rejects.toMatchObject({
      code: 'bad-message',
      retry: 'permanent',
    });
    expect(await made()).toBe(before);
  });

  it('is given up in the wave where too many fail; later waves are never asked', async () => {
    mkdirSync(stage.path('host1', 'waves'));
    writeFileSync(stage.path('host1', 'waves/waves'), 'something else');
    const order = { waves: [1], abortShare: 0.5, retries: 0 };
    const id = await download('waves', order);
    const { state, reason, done, failed, cancelled, results } = await endOf(id);
    expect({ state, done, failed, cancelled }).toEqual({
      ...{ state: 'failed', done: 0 },
      ...{ failed: 1, cancelled: 2 },
    });
    expect(reason).toContain('1 of the first 1 targets failed');
    expect(results.map(({ name, error }) => [name, error?.code])).toEqual([
      ['host1', 'target-exists'],
      ['host2', 'cancelled'],
      ['host3', 'cancelled'],
    ]);
    expect((await commandedAt(id)).filter((moment) => moment !== undefined)).toHaveLength(1);
  }, 60_000);

  it.each([
    ['at the rate of its limit', { maxDownRate: 1_024 * 1_024 }, 'limit'],
    ['as fast as it goes', {}, 'fastest-target'],
  ] as const)(
    '%s: the end says how it went',
    async (what, more, rateFrom) => {
      const id = await download(rateFrom, more);
      const { createdAt, finishedAt, bytes, phases, efficiency, results } = await endOf(id);
      const total = Object.values(bytes).reduce((sum, count) => sum + count, 0);
      expect([total, bytes.storage]).toEqual([SIZE * HOSTS.length, 0]);
      expect(results.map(({ state }) => state)).toEqual(HOSTS.map(() => 'done'));
      const { queued = -1, commanding = -1, starting = -1, delivering = -1 } = phases;
      for (const phase of [queued, commanding, starting]) expect(phase).toBeGreaterThanOrEqual(0);
      for (const part of [commanding, starting]) expect(part).toBeLessThanOrEqual(delivering);
      expect(queued + delivering).toBeLessThanOrEqual(finishedAt - createdAt);
      expect(efficiency).toMatchObject({ rateFrom, tookMs: delivering });
      const { share = 0, boundMs = 0, tookMs = 0, rate = 0 } = efficiency ?? {};
      expect(boundMs).toBe(Math.round((SIZE / rate) * 1_000));
      expect(share).toBeGreaterThan(0);
      expect(share).toBe(Math.min(1, boundMs / tookMs));
      // Without its cap: more than a little above one would be a bound that is none.
      expect(boundMs / tookMs).toBeLessThanOrEqual(1.1);
      process.stdout.write(
        `      ${what}: ${share.toFixed(2)} of what is possible, ${JSON.stringify(phases)}\n`,
      );
    },
    60_000,
  );

  it('a cancel reaches all that download', async () => {
    const id = await download('cancelled', { maxDownRate: 64 * 1_024 });
    await untilTrue(async () => new Set(factsOf(id, 'download.progress').map(peerOf)).size === HOSTS.length);
    const asked = performance.now();
    await stage.broker.request('transfer.cancel', { distributionId: id });
    await untilTrue(async () => factsOf(id, 'download.failed').length === HOSTS.length);
    const stopped = factsOf(id, 'download.failed');
    expect(stopped.map(({ body }) => (body['error'] as { code: string }).code)).toEqual(
      HOSTS.map(() => 'cancelled'),
    );
    const times = stopped.map(({ at }) => Math.round(at - asked)).join(', ');
    process.stdout.write(`      from the request to the end at each peer: ${times} ms\n`);
  }, 60_000);

  const peerOf = ({ body }: Heard): unknown => body['peerId'];
});
