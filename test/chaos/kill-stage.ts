import amqp from 'amqplib';
import { topologyOf, type DistributionStatus, type RequestBody } from '#contracts';
import { distributionIdOf } from '../../apps/transfer/src/download-request.js';
import { ANCHOR_PARTS, type AnchorPart } from '../../tools/network/network.js';
import type { ManagedProcess } from '../../tools/run/managed-process.js';
import { testServices } from '../../tools/services/test-environment.js';
import { Stage, untilTrue } from '../e2e/network/stage.js';
import { ANCHOR, bundleFaults, kill, startPart, type Fault } from './anchor-part.js';

/** What was killed may first be missed after a while: a step whose worker died is another one's after some seconds. */
const SETTLED_MS = 45_000;
/** A process that is to die at a point that nothing comes to is a mistake of the test. */
const DEATH_MS = 20_000;

export interface Fact {
  readonly name: string;
  readonly id: string;
  readonly body: Record<string, unknown>;
}

/** Who is killed, and where. */
export interface Death {
  readonly part: AnchorPart;
  readonly fault: Fault;
}

/** A network whose anchor is killed at chosen points, an outside program that orders things of it, and all that it tells. */
export class KillStage {
  /** Facts about distributions, downloads and peers, as they came. */
  readonly heard: Fact[] = [];

  private constructor(
    readonly stage: Stage,
    private parts: Record<AnchorPart, ManagedProcess>,
    private readonly connection: amqp.ChannelModel,
    private readonly channel: amqp.ConfirmChannel,
  ) {}

  static async open(peers: readonly string[]): Promise<KillStage> {
    const plan = { anchors: [ANCHOR], peers: peers.map((name) => ({ name })) };
    const [stage] = await Promise.all([Stage.open(plan), bundleFaults()]);
    const connection = await amqp.connect(testServices().amqpUrl('admin'));
    const channel = await connection.createConfirmChannel();
    const { processes } = stage.network.anchor(ANCHOR);
    const made = new KillStage(stage, { ...processes }, connection, channel);
    await made.listen();
    return made;
  }

  async close(): Promise<void> {
    await Promise.all(ANCHOR_PARTS.map((part) => this.parts[part].stop(2_000)));
    await this.connection.close();
    await this.stage.close();
  }

  /** Into the public door, with the file's name as its key. Resolves with the id that it gets. */
  async order(file: string, more: Partial<RequestBody<'transfer.download'>>): Promise<string> {
    await this.send('transfer.download', { file, idempotencyKey: file, ...more });
    return this.idOf(file);
  }

  idOf(file: string): string {
    return distributionIdOf(`key:${file}`);
  }

  /** A message of a program that waits for no answer; the broker has it when this resolves. */
  async send(name: string, body: object): Promise<void> {
    const { requests } = topologyOf(this.stage.network.id).exchanges;
    const options = { type: name, persistent: true };
    this.channel.publish(requests, `${name}.tester`, Buffer.from(JSON.stringify(body)), options);
    await this.channel.waitForConfirms();
  }

  /** Does `cause` with a process that dies of it and is started again; without a death, as it is. */
  async through(death: Death | undefined, cause: () => Promise<unknown>): Promise<void> {
    if (death === undefined) return void (await cause());
    const { part, fault } = death;
    await this.killPart(part);
    const dying = await startPart(this.stage, part, fault);
    this.parts[part] = dying;
    const caused = cause();
    let failure: unknown;
    caused.catch((thrown: unknown) => (failure = thrown));
    await untilTrue(async () => {
      if (failure !== undefined) throw failure;
      return dying.hasExited;
    }, DEATH_MS);
    await this.startAgain(part);
    await caused;
  }

  killPart(part: AnchorPart): Promise<void> {
    return kill(this.parts[part]);
  }

  async startAgain(part: AnchorPart): Promise<void> {
    this.parts[part] = await startPart(this.stage, part);
  }

  /** The ends that were told of a distribution. */
  endsOf(distributionId: string): Fact[] {
    return this.heard.filter(
      ({ name, body }) => name.startsWith('distribution.') && body['distributionId'] === distributionId,
    );
  }

  /** Until its end was told under so many ids: a retry has another. */
  async ended(distributionId: string, rounds = 1): Promise<void> {
    const ids = (): Set<string> => new Set(this.endsOf(distributionId).map(({ id }) => id));
    await untilTrue(async () => ids().size >= rounds, SETTLED_MS);
  }

  async untilRow(
    id: string,
    peer: string,
    state: DistributionStatus['rows'][number]['state'],
  ): Promise<void> {
    // It may not be there yet: the order is only a message in a queue.
    const isSo = async (): Promise<boolean> =>
      (await this.list()).includes(id) &&
      (await this.status(id)).rows.some((row) => row.name === peer && row.state === state);
    await untilTrue(isSo, SETTLED_MS);
  }

  private async list(): Promise<string[]> {
    const { distributions } = await this.stage.broker.request('transfer.list', {});
    return distributions.map(({ distributionId }) => distributionId);
  }

  status(distributionId: string): Promise<DistributionStatus> {
    return this.stage.broker.request('transfer.status', { distributionId });
  }

  /**
   * All of a distribution that depends neither on the moment nor on its name: rows, counts, and each end that was told, once. Two
   * courses are the same when these are equal.
   */
  async outcome(distributionId: string): Promise<object> {
    const { state, targets, counts, wave, waves, reason, rows } = await this.status(distributionId);
    const ends = new Map(this.endsOf(distributionId).map((fact) => [fact.id, endOf(fact)]));
    return {
      ...{ state, targets, counts, wave, waves, reason },
      rows: rows.map(({ name, state: now, tries, error, bytes }) => ({
        ...{ name, now, tries, error: error?.code },
        ...(now === 'done' ? { bytes } : {}),
      })),
      ends: [...ends].map(([id, end]) => ({ id: id.replace(distributionId, 'ID'), ...end })),
    };
  }

  private async listen(): Promise<void> {
    const { queue } = await this.channel.assertQueue('', { exclusive: true });
    for (const key of ['distribution.*.*', 'download.*.*', 'peer.*.*'])
      await this.channel.bindQueue(queue, topologyOf(this.stage.network.id).exchanges.events, key);
    await this.channel.consume(queue, (message) => message !== null && this.hear(message), { noAck: true });
  }

  private hear({ content, properties }: amqp.ConsumeMessage): void {
    const body = JSON.parse(content.toString()) as Fact['body'];
    this.heard.push({ name: String(properties.type), id: String(properties.messageId), body });
  }
}

/** Every byte counted once, whichever peer it came from. */
const endOf = ({ name, body }: Fact): object => {
  const { state, size, targets, done, failed, cancelled, reason } = body;
  const results = (body['results'] as Record<string, unknown>[]).map(({ name: peer, state: end, tries }) => ({
    ...{ peer, end, tries },
  }));
  const total = Object.values(body['bytes'] as Record<string, number>).reduce((sum, count) => sum + count, 0);
  return { name, state, size, targets, done, failed, cancelled, reason, results, total };
};
