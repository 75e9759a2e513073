import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import amqp from 'amqplib';
import { topologyOf } from '#contracts';
import type { ManagedProcess } from '../../tools/run/managed-process.js';
import { testServices } from '../../tools/services/test-environment.js';
import { sha256, Stage, untilTrue } from '../e2e/network/stage.js';
import { ANCHOR, bundleFaults, kill, startPart } from './anchor-part.js';

const SIZE = 128 * 1_024;
const CHUNK = 16 * 1_024;
/** Bytes a second, where something is killed while peers download. */
const SLOW = 128 * 1_024;
const SETTLED_MS = 45_000;

/** Between any two steps of a distribution: from the request to the moment when its end is known to be told. */
const POINTS = [
  'before distributions.create',
  'after distributions.create',
  'after steps.add start',
  'after distributions.claim',
  'after outgoing.command',
  'after distributions.sent',
  'before distributions.moveRow',
  'after distributions.moveRow',
  'before outgoing.fact',
  'after outgoing.fact',
  'after distributions.confirmOutbox',
] as const;

interface Fact {
  readonly name: string;
  readonly id: string;
  readonly body: Record<string, unknown>;
}

describe('a distribution whose anchor is killed', () => {
  let stage: Stage;
  let connection: amqp.ChannelModel;
  let channel: amqp.ConfirmChannel;
  let parts: Record<'connection' | 'manifest' | 'transfer', ManagedProcess>;
  let heard: Fact[] = [];
  let undisturbed: object;

  beforeAll(async () => {
    const peers = ['host1', 'host2', 'host3'].map((name) => ({ name }));
    [stage] = await Promise.all([Stage.open({ anchors: [ANCHOR], peers }), bundleFaults()]);
    parts = { ...stage.network.anchor(ANCHOR).processes };
    connection = await amqp.connect(testServices().amqpUrl('admin'));
    channel = await connection.createConfirmChannel();
    const { queue } = await channel.assertQueue('', { exclusive: true });
    for (const key of ['distribution.*.*', 'download.progress.*'])
      await channel.bindQueue(queue, topologyOf(stage.network.id).exchanges.events, key);
    await channel.consume(queue, (message) => message !== null && hear(message), { noAck: true });
    undisturbed = outcomeOf(await course('undisturbed'));
  }, 120_000);
  afterAll(async () => {
    await Promise.all(Object.values(parts ?? {}).map((process) => process.stop(2_000)));
    await connection?.close();
    await stage?.close();
  });

  const hear = ({ content, properties }: amqp.ConsumeMessage): void => {
    const body = JSON.parse(content.toString()) as Fact['body'];
    heard.push({ name: String(properties.type), id: String(properties.messageId), body });
  };
  /** A fact may be told again later, also that of an earlier distribution. */
  const endsOf = (name: string): Fact[] =>
    heard.filter((fact) => fact.name.startsWith('distribution.') && fact.body['name'] === name);

  /** A file of its own is ordered for two peers, one after the other; resolves with the end of it. */
  const course = async (
    file: string,
    meanwhile: () => Promise<void> = async () => undefined,
    more: { readonly maxDownRate?: number } = {},
  ): Promise<Fact> => {
    const bytes = randomBytes(SIZE);
    await stage.publish('host1', file, bytes, CHUNK);
    heard = [];
    const order = { file, targets: ['host2', 'host3'], concurrency: 1, idempotencyKey: file, ...more };
    const { requests } = topologyOf(stage.network.id).exchanges;
    channel.publish(requests, 'transfer.download', Buffer.from(JSON.stringify(order)), { persistent: true });
    await channel.waitForConfirms();
    await meanwhile();
    await untilTrue(async () => endsOf(file).length > 0, SETTLED_MS);
    for (const peer of ['host2', 'host3']) expect(sha256(stage.read(peer, file))).toBe(sha256(bytes));
    return endsOf(file)[0] as Fact;
  };

  /** What depends neither on the moment nor on the file: states, counts, results, and every byte counted once. */
  const outcomeOf = ({ name, body }: Fact): object => {
    const { state, size, targets, done, failed, cancelled, bytes } = body;
    const results = (body['results'] as Record<string, unknown>[]).map(
      ({ milliseconds: _ms, ...row }) => row,
    );
    const total = Object.values(bytes as Record<string, number>).reduce((sum, count) => sum + count, 0);
    return { name, state, size, targets, done, failed, cancelled, results, total };
  };
  /** One distribution, one end whatever was told twice, the same outcome as if nothing had happened. */
  const expectOneEffect = async (file: string, ended: Fact): Promise<void> => {
    expect(outcomeOf(ended)).toEqual(undisturbed);
    const id = `distribution-ended/${String(ended.body['distributionId'])}`;
    expect(new Set(endsOf(file).map((end) => end.id))).toEqual(new Set([id]));
    const { distributions } = await stage.broker.request('transfer.list', {});
    expect(distributions.filter(({ name }) => name === file)).toHaveLength(1);
  };

  it.each(POINTS)(
    'transfer, %s',
    async (point) => {
      const file = point.replaceAll(/[ .]/g, '-');
      await kill(parts.transfer);
      const dying = await startPart(stage, 'transfer', point);
      const ended = await course(file, async () => {
        await dying.exited;
        parts.transfer = await startPart(stage, 'transfer');
      });
      await expectOneEffect(file, ended);
    },
    60_000,
  );

  it.each(['connection', 'manifest'] as const)(
    '%s, while a target downloads',
    async (part) => {
      const file = `${part}-killed`;
      const downloading = () => heard.some(({ name }) => name === 'download.progress');
      const meanwhile = async (): Promise<void> => {
        await untilTrue(async () => downloading());
        await kill(parts[part]);
        parts[part] = await startPart(stage, part);
      };
      await expectOneEffect(file, await course(file, meanwhile, { maxDownRate: SLOW }));
    },
    60_000,
  );

  it('all three, while a target downloads', async () => {
    const meanwhile = async (): Promise<void> => {
      await untilTrue(async () => heard.some(({ name }) => name === 'download.progress'));
      await Promise.all(Object.values(parts).map(kill));
      const [again, manifest, transfer] = await Promise.all([
        startPart(stage, 'connection'),
        startPart(stage, 'manifest'),
        startPart(stage, 'transfer'),
      ]);
      parts = { connection: again, manifest, transfer };
    };
    await expectOneEffect('all-killed', await course('all-killed', meanwhile, { maxDownRate: SLOW }));
  }, 60_000);
});
