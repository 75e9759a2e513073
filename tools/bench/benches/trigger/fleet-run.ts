import { randomBytes } from 'node:crypto';
import { Manifest } from '#chunking';
import type { FactBody } from '#contracts';
import { MIB, ShoalError } from '#core';
import { startNetwork } from '../../../network/network.js';
import { Run } from '../../../run/run.js';
import { startServices } from '../../../services/start-services.js';
import type { Services } from '../../../services/services.js';
import type { Measured } from '../../frame/port.js';
import { MeasureWindow } from '../../measure/window.js';
import { Crowd } from '../control/crowd.js';
import { withStatistics } from '../control/many-peers.js';
import { Bell } from './bell.js';
import { CommandCount, type Commands } from './command-count.js';
import { Operator } from './operator.js';

const AT_ONCE = 64;
const PATIENCE_MS = 300_000;
const MB = 1e6;
type Ended = FactBody<'distribution.completed'>;

/** What is told to whom: its file is one of its own. */
interface Order {
  readonly name: string;
  readonly peers: number;
  readonly copies: number;
}

/** A network of one anchor, peers that are reduced to their control half, and somebody who gives the order. */
interface Fleet {
  readonly operator: Operator;
  readonly ends: Bell<Ended>;
  readonly crowd: Crowd;
  readonly window: () => MeasureWindow;
  readonly redisUrl: string;
}

/** One message to a fleet until its end is told; then another one like it, for what costs time to count. */
export const fleetRun = (peers: number): Promise<Measured> =>
  withFleet(peers, async (fleet) => {
    const before = await messagesOf(fleet.crowd);
    const { figures, foreign } = await measured(fleet, { name: 'timed', peers, copies: 1 });
    const messages = (await messagesOf(fleet.crowd)) - before;
    const { sent, inside } = await counted(fleet, { name: 'counted', peers, copies: 1 });
    const perTarget = {
      // Those of the peers, the order, and the fact at the end.
      messages_per_target: (messages + 2) / peers,
      redis_commands_per_target: sent / peers,
      script_commands_per_target: inside / peers,
    };
    return { figures: { ...figures, ...perTarget }, foreign };
  });

/** So many copies of one message, to one peer. */
export const stormRun = (copies: number): Promise<Measured> =>
  withFleet(1, (fleet) => measured(fleet, { name: 'storm', peers: 1, copies }));

const withFleet = async (peers: number, use: (fleet: Fleet) => Promise<Measured>): Promise<Measured> => {
  const run = await Run.open({ command: 'npm run bench' });
  let crowd: Crowd | undefined;
  let operator: Operator | undefined;
  try {
    const environment = { ...process.env, AMQP_URL: undefined, REDIS_URL: undefined };
    const services = await startServices(run, { environment, statistics: withStatistics(peers) });
    const network = await startNetwork(run, services, { anchors: ['server1'], logLevel: 'warn' });
    const ends = new Bell<Ended>();
    operator = await Operator.start(services, network, ends.ring);
    crowd = await joinedCrowd(run, services, network.id, peers);
    const of = (pid: number | undefined) => () => (pid === undefined ? [] : [pid]);
    const anchor = network.anchor('server1');
    const window = (): MeasureWindow =>
      new MeasureWindow({
        connection: of(anchor.processes.connection.pid),
        manifest: of(anchor.processes.manifest.pid),
        transfer: of(anchor.processes.transfer.pid),
        redis: of(services.redis?.pid),
        rabbitmq: of(services.broker?.pid),
        crowd: () => crowd?.pids ?? [],
      });
    return await use({ operator, ends, crowd, window, redisUrl: services.redisUrl });
  } finally {
    await operator?.stop();
    await crowd?.stop();
    await run.close();
  }
};

const measured = async (fleet: Fleet, order: Order): Promise<Measured> => {
  await publish(fleet.operator, order.name);
  const window = fleet.window();
  const course = await play(fleet, order);
  const { use, foreign } = window.close();
  const figures = {
    ...course,
    transfer_mb: (use['transfer']?.peakMemory ?? 0) / MB,
    ...Object.fromEntries(Object.entries(use).map(([name, { cpu }]) => [`${name}_cpu_s`, cpu])),
  };
  return { figures, foreign };
};

const counted = async (fleet: Fleet, order: Order): Promise<Commands> => {
  await publish(fleet.operator, order.name);
  const count = await CommandCount.start(fleet.redisUrl);
  try {
    await play(fleet, order);
    // Stands behind the acknowledgements in the queue.
    await fleet.operator.broker.request('manifest.get', { file: { name: order.name }, holders: 0 });
    return await count.end();
  } finally {
    count.stop();
  }
};

/** Peers that stay, and do what they are told. */
const joinedCrowd = async (run: Run, services: Services, network: string, count: number): Promise<Crowd> => {
  const crowd = await Crowd.start(run, { count, amqpUrl: services.amqpUrl('peer'), network, obeys: true });
  const atOnce = Math.max(1, Math.round(AT_ONCE / crowd.processes));
  await crowd.carryOut(() => ({ kind: 'connect', atOnce }));
  await crowd.carryOut((each) => ({ kind: 'join', from: 0, to: each, pace: { atOnce } }));
  return crowd;
};

/** From the first copy to the end of the distribution, and to the moment when the last copy has been handled. */
const play = async (
  { operator, ends }: Pick<Fleet, 'operator' | 'ends'>,
  { name, peers, copies }: Order,
): Promise<Record<string, number>> => {
  const ended = ends.next('the end', PATIENCE_MS);
  const since = performance.now();
  const seconds = (): number => (performance.now() - since) / 1_000;
  await Promise.all(Array.from({ length: copies }, () => operator.order(name, ['all'], name)));
  const { state, targets, done, phases } = await ended;
  const completed_s = seconds();
  if (state !== 'completed' || targets !== peers)
    throw new ShoalError('internal', `it ended as ${state} with ${done} of ${peers}`);
  // A question stands behind the copies in the queue.
  const options = { timeoutMs: PATIENCE_MS };
  const { distributions } = await operator.broker.request('transfer.list', {}, options);
  return {
    ...{ completed_s, answered_s: seconds(), distributions: distributions.length },
    commanded_s: ((phases.queued ?? 0) + (phases.commanding ?? 0)) / 1_000,
  };
};

/** Sent and received by all peers. */
const messagesOf = async (crowd: Crowd): Promise<number> => {
  const counts = await crowd.carryOut(() => ({ kind: 'messages' }));
  return counts.reduce((sum, count) => sum + count, 0);
};

const publish = async ({ broker }: Operator, name: string): Promise<void> => {
  await broker.request('manifest.publish', { name, manifest: madeUpManifest().toDocument() });
};

/** A file of one chunk that nobody has: only its control messages matter here. */
const madeUpManifest = (): Manifest => {
  const sha256 = randomBytes(32).toString('hex');
  const digests = randomBytes(32);
  return new Manifest({ size: MIB, sha256, chunkSize: MIB, digestAlgorithm: 'sha256', digests });
};
