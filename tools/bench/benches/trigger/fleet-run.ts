import { randomBytes } from 'node:crypto';
import { Manifest } from '#chunking';
import type { FactBody } from '#contracts';
import { MIB, ShoalError } from '#core';
import { connectRedis } from '#registry';
import { startNetwork } from '../../../network/network.js';
import { Run } from '../../../run/run.js';
import { startServices } from '../../../services/start-services.js';
import type { Services } from '../../../services/services.js';
import type { Measured } from '../../frame/port.js';
import { MeasureWindow } from '../../measure/window.js';
import { Crowd } from '../control/crowd.js';
import { Operator } from './operator.js';
import { within } from './within.js';

const AT_ONCE = 64;
const PATIENCE_MS = 300_000;
const MB = 1e6;
const FILE = 'bench.bin';
type Ended = FactBody<'distribution.completed'>;

/** What counts while the distribution runs. */
interface Counts {
  readonly messages: number;
  readonly redisCalls: number;
}

/** One message, or so many copies of it, to peers that are reduced to their control half; until its end is told. */
export const fleetRun = async (peers: number, copies: number): Promise<Measured> => {
  const run = await Run.open({ command: 'npm run bench' });
  let crowd: Crowd | undefined;
  let operator: Operator | undefined;
  try {
    const environment = { ...process.env, AMQP_URL: undefined, REDIS_URL: undefined };
    const services = await startServices(run, { environment });
    const network = await startNetwork(run, services, { anchors: ['server1'], logLevel: 'warn' });
    let tell: (end: Ended) => void = () => undefined;
    const ended = new Promise<Ended>((resolve) => (tell = resolve));
    operator = await Operator.start(services, network, tell);
    crowd = await joinedCrowd(run, services, network.id, peers);
    const manifest = madeUpManifest().toDocument();
    await operator.broker.request('manifest.publish', { name: FILE, manifest });
    const of = (pid: number | undefined) => () => (pid === undefined ? [] : [pid]);
    const window = new MeasureWindow({
      transfer: of(network.anchor('server1').processes.transfer.pid),
      redis: of(services.redis?.pid),
      rabbitmq: of(services.broker?.pid),
    });
    const before = await countsOf(services, network.id, crowd);
    const course = await play(operator, ended, peers, copies);
    const { use, foreign } = window.close();
    const after = await countsOf(services, network.id, crowd);
    const figures = {
      ...course,
      // Those of the peers, the order, and the fact at the end.
      messages_per_target: (after.messages - before.messages + copies + 1) / peers,
      redis_calls_per_target: (after.redisCalls - before.redisCalls) / peers,
      transfer_mb: (use['transfer']?.peakMemory ?? 0) / MB,
      transfer_cpu_s: use['transfer']?.cpu ?? 0,
      redis_cpu_s: use['redis']?.cpu ?? 0,
      rabbitmq_cpu_s: use['rabbitmq']?.cpu ?? 0,
    };
    return { figures, foreign };
  } finally {
    await operator?.stop();
    await crowd?.stop();
    await run.close();
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
  operator: Operator,
  ended: Promise<Ended>,
  peers: number,
  copies: number,
): Promise<Record<string, number>> => {
  const since = performance.now();
  const seconds = (): number => (performance.now() - since) / 1_000;
  await Promise.all(Array.from({ length: copies }, () => operator.order(FILE, ['all'], 'bench')));
  const { state, targets, done, phases } = await within(ended, PATIENCE_MS, 'the end');
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

const countsOf = async (services: Services, networkId: string, crowd: Crowd): Promise<Counts> => {
  const counted = await crowd.carryOut(() => ({ kind: 'messages' }));
  const redis = await connectRedis(services.redisUrl, { name: 'bench', networkId });
  const stats = await redis.client.info('stats');
  await redis.stop();
  return {
    messages: counted.reduce((sum, count) => sum + count, 0),
    redisCalls: Number(/total_commands_processed:(\d+)/.exec(stats)?.[1]),
  };
};

/** A file of one chunk that nobody has: only its control messages matter here. */
const madeUpManifest = (): Manifest => {
  const sha256 = randomBytes(32).toString('hex');
  const digests = randomBytes(32);
  return new Manifest({ size: MIB, sha256, chunkSize: MIB, digestAlgorithm: 'sha256', digests });
};
