import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Manifest } from '#chunking';
import { MIB, ShoalError, type FileId } from '#core';
import { AmqpBroker } from '#platform/broker';
import { startNetwork, type Network } from '../../../network/network.js';
import { Run } from '../../../run/run.js';
import { startServices } from '../../../services/start-services.js';
import type { Services } from '../../../services/services.js';
import type { Figures } from '../../frame/port.js';
import { percentileOf } from '../../frame/statistics.js';
import { MeasureWindow, type Groups } from '../../measure/window.js';
import { Crowd } from './crowd.js';
import { withStatistics } from './many-peers.js';
import type { Order } from './orders.js';

export interface ControlPlan {
  readonly peers: number;
  /** `manifest.get` in all. */
  readonly gets: number;
  /** Chunks of the file that every peer acknowledges, and how many are in one message. */
  readonly chunkCount: number;
  readonly batch: number;
}

/** At the pace of the goal: latencies are told for it, not for a system under water. */
const JOINS_PER_SECOND = 200;
const GETS_PER_SECOND = 200;
/** Works at the same time in all. */
const AT_ONCE = 64;
const PATIENT = 2_000;
const LOOK_MS = 20;
const APPLIED_TIMEOUT_MS = 180_000;
const MB = 1e6;

/** A file that nobody has: only its manifest matters here. */
const madeUpManifest = (chunkCount: number): Manifest =>
  new Manifest({
    size: chunkCount * MIB,
    sha256: randomBytes(32).toString('hex'),
    chunkSize: MIB,
    digestAlgorithm: 'sha256',
    digests: randomBytes(32 * chunkCount),
  });

const groupsOf = (services: Services, network: Network, crowd: Crowd): Groups => {
  const { processes } = network.anchor('server1');
  const of = (pid: number | undefined) => () => (pid === undefined ? [] : [pid]);
  return {
    rabbitmq: of(services.broker?.pid),
    redis: of(services.redis?.pid),
    connection: of(processes.connection.pid),
    manifest: of(processes.manifest.pid),
    transfer: of(processes.transfer.pid),
    crowd: () => crowd.pids,
  };
};

/** One network with many peers, from an empty broker: they connect, join, ask and acknowledge. */
class ControlRun {
  private readonly figures: Record<string, number> = {};

  constructor(
    private readonly plan: ControlPlan,
    private readonly crowd: Crowd,
    private readonly operator: AmqpBroker,
  ) {}

  async play(groups: Groups): Promise<{ figures: Figures; foreign: number }> {
    const window = new MeasureWindow(groups);
    await this.connect();
    await this.join();
    const fileId = await this.publish();
    await this.get(fileId);
    await this.acknowledge(fileId);
    const { use, foreign } = window.close();
    for (const [name, { cpu, peakMemory }] of Object.entries(use)) {
      this.figures[`${name}_cpu_s`] = cpu;
      if (name !== 'crowd') this.figures[`${name}_mb`] = peakMemory / MB;
    }
    return { figures: this.figures, foreign };
  }

  private async connect(): Promise<void> {
    const seconds = await this.timed(() => ({ kind: 'connect', atOnce: this.share(AT_ONCE) }));
    this.figures['connects_per_s'] = this.plan.peers / seconds;
  }

  /** One half as fast as it goes, the other at the pace of the goal. */
  private async join(): Promise<void> {
    const half = (count: number): number => Math.ceil(count / 2);
    const pace = { atOnce: this.share(AT_ONCE) };
    const seconds = await this.timed((count) => ({ kind: 'join', from: 0, to: half(count), pace }));
    this.figures['joins_per_s'] = this.plan.peers / 2 / seconds;
    const times = await this.crowd.carryOut((count) => ({
      kind: 'join',
      from: half(count),
      to: count,
      pace: this.steady(JOINS_PER_SECOND),
    }));
    this.figures['join_p50_ms'] = percentileOf(times, 0.5);
    this.figures['join_p99_ms'] = percentileOf(times, 0.99);
  }

  private async publish(): Promise<FileId> {
    const manifest = madeUpManifest(this.plan.chunkCount).toDocument();
    const { fileId } = await this.operator.request('manifest.publish', { name: 'bench.bin', manifest });
    return fileId;
  }

  private async get(fileId: FileId): Promise<void> {
    const count = Math.ceil(this.plan.gets / 2 / this.crowd.processes);
    const pace = { atOnce: this.share(AT_ONCE) };
    const seconds = await this.timed(() => ({ kind: 'get', fileId, count, pace }));
    this.figures['gets_per_s'] = (count * this.crowd.processes) / seconds;
    const steady = this.steady(GETS_PER_SECOND);
    const times = await this.crowd.carryOut(() => ({ kind: 'get', fileId, count, pace: steady }));
    this.figures['get_p50_ms'] = percentileOf(times, 0.5);
    this.figures['get_p99_ms'] = percentileOf(times, 0.99);
  }

  /** Until the registry says that every peer has every chunk. */
  private async acknowledge(fileId: FileId): Promise<void> {
    const { peers, chunkCount, batch } = this.plan;
    const startedAt = performance.now();
    const atOnce = this.share(AT_ONCE);
    await this.crowd.carryOut(() => ({ kind: 'acknowledge', fileId, chunkCount, batch, atOnce }));
    await this.untilSeeders(fileId, peers);
    const seconds = (performance.now() - startedAt) / 1_000;
    this.figures['acks_per_s'] = (peers * chunkCount) / seconds;
    this.figures['ack_messages_per_s'] = (peers * Math.ceil(chunkCount / batch)) / seconds;
  }

  private async untilSeeders(fileId: FileId, wanted: number): Promise<void> {
    const deadline = performance.now() + APPLIED_TIMEOUT_MS;
    for (;;) {
      const question = { file: { fileId }, withManifest: false, holders: 0 };
      const { seederCount } = await this.operator.request('manifest.get', question);
      if (seederCount >= wanted) return;
      if (performance.now() > deadline) {
        throw new ShoalError('timeout', `${seederCount} of ${wanted} peers have everything after 3 minutes`);
      }
      await delay(LOOK_MS);
    }
  }

  private share(all: number): number {
    return Math.max(1, Math.round(all / this.crowd.processes));
  }

  private steady(perSecond: number): { atOnce: number; perSecond: number } {
    return { atOnce: PATIENT, perSecond: perSecond / this.crowd.processes };
  }

  private async timed(orderOf: (count: number) => Order): Promise<number> {
    const startedAt = performance.now();
    await this.crowd.carryOut(orderOf);
    return (performance.now() - startedAt) / 1_000;
  }
}

const operatorOf = async (services: Services, network: Network): Promise<AmqpBroker> => {
  const urls = [services.amqpUrl('operator')];
  const broker = new AmqpBroker({ urls, sender: 'cli', connectionName: 'cli/bench', network: network.id });
  await broker.start(10_000);
  return broker;
};

/** A run has a broker, a Redis and an anchor of its own: their memory begins at nothing. */
export const controlRun = async (plan: ControlPlan): Promise<{ figures: Figures; foreign: number }> => {
  const run = await Run.open({ command: 'npm run bench' });
  let crowd: Crowd | undefined;
  let operator: AmqpBroker | undefined;
  try {
    const environment = { ...process.env, AMQP_URL: undefined, REDIS_URL: undefined };
    const services = await startServices(run, { environment, statistics: withStatistics(plan.peers) });
    const network = await startNetwork(run, services, { anchors: ['server1'], logLevel: 'warn' });
    operator = await operatorOf(services, network);
    const amqpUrl = services.amqpUrl('peer');
    crowd = await Crowd.start(run, { count: plan.peers, amqpUrl, network: network.id });
    return await new ControlRun(plan, crowd, operator).play(groupsOf(services, network, crowd));
  } finally {
    await operator?.stop(0);
    await crowd?.stop();
    await run.close();
  }
};
