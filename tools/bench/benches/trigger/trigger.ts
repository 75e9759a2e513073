import { SHOAL, type Bench, type Case, type Measured, type Metric } from '../../frame/port.js';
import { canMeasure } from '../../measure/proc.js';
import { statisticsOf } from '../control/many-peers.js';
import { fleetRun, stormRun } from './fleet-run.js';
import { idleRun } from './idle-run.js';

const less = (name: string, unit: string, title: string, digits: number): Metric => ({
  ...{ name, unit, title, better: 'less', digits },
});

const FLEET: readonly Metric[] = [
  less('completed_s', 's', 'one message until distribution.completed', 1),
  less('commanded_s', 's', 'until the last command', 1),
  less('messages_per_target', '', 'messages a target', 1),
  less('redis_commands_per_target', '', 'Redis commands a target, sent by clients', 1),
  less('script_commands_per_target', '', 'Redis commands a target, called inside scripts', 1),
  less('transfer_mb', 'MB', 'memory, transfer', 0),
  less('connection_cpu_s', 's', 'CPU, connection', 1),
  less('manifest_cpu_s', 's', 'CPU, manifest', 1),
  less('transfer_cpu_s', 's', 'CPU, transfer', 1),
  less('redis_cpu_s', 's', 'CPU, Redis', 1),
  less('rabbitmq_cpu_s', 's', 'CPU, broker', 1),
  less('crowd_cpu_s', 's', 'CPU, the simulated peers', 1),
];
const IDLE: readonly Metric[] = [
  less('message_to_first_request_p99_ms', 'ms', 'message published -> first chunk request, p99', 0),
  less('message_to_first_request_p50_ms', 'ms', 'p50', 0),
];
const STORM: readonly Metric[] = [
  less('distributions', '', 'distributions made', 0),
  less('answered_s', 's', 'until every copy is handled', 1),
];

const caseOf = (
  name: string,
  title: string,
  metrics: readonly Metric[],
  run: () => Promise<Measured>,
): Case => ({
  ...{ name, title, metrics },
  headline: metrics[0]?.name as string,
  contenders: [
    {
      name: SHOAL,
      missing: () => (canMeasure() ? undefined : 'it is measured on Linux only'),
      prepare: async () => {},
      run,
      close: async () => {},
    },
  ],
});

const fleet = (peers: number, name = `fleet${peers}`): Case =>
  caseOf(
    name,
    `one message to ${peers} simulated peers (their control half: each asks for the manifest, tells progress, acknowledges, is done)${statisticsOf(peers)}`,
    FLEET,
    () => fleetRun(peers),
  );
const idle = (messages: number): Case =>
  caseOf(
    'idle',
    `one message at a time to one peer, ${messages} of them; a tap before the source sees the requests`,
    IDLE,
    () => idleRun(messages),
  );
const storm = (copies: number): Case =>
  caseOf('storm', `${copies} copies of one message at once, to one peer`, STORM, () => stormRun(copies));

/** What it takes from one message on a queue to a fleet that has the file. */
export const trigger: Bench = {
  name: 'trigger',
  measures:
    'one message on a queue: time to the first chunk request, to 1,000 and 10,000 targets, and what it costs',
  takes: { full: '15 min', quick: '30 s' },
  open: async ({ options }) => ({
    cases: options.quick
      ? [idle(5), fleet(40, 'fleet40'), storm(50)]
      : [idle(200), fleet(1_000), fleet(10_000), storm(1_000)],
    close: async () => {},
  }),
};
