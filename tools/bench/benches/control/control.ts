import { SHOAL, type Bench, type Case, type Metric } from '../../frame/port.js';
import { canMeasure } from '../../measure/proc.js';
import { controlRun, type ControlPlan } from './control-run.js';
import { statisticsOf } from './many-peers.js';

const less = (name: string, unit: string, title: string, digits: number): Metric => ({
  name,
  unit,
  title,
  better: 'less',
  digits,
});
const more = (name: string, unit: string, title: string): Metric => ({
  name,
  unit,
  title,
  better: 'more',
  digits: 0,
});

const PARTS = ['rabbitmq', 'redis', 'connection', 'manifest', 'transfer'] as const;

const METRICS: readonly Metric[] = [
  less('join_p99_ms', 'ms', 'join at 200/s, p99', 0),
  less('join_p50_ms', 'ms', 'p50', 0),
  more('joins_per_s', '1/s', 'joins'),
  less('get_p99_ms', 'ms', 'manifest.get at 200/s, p99', 0),
  less('get_p50_ms', 'ms', 'p50', 0),
  more('gets_per_s', '1/s', 'manifest.get'),
  more('acks_per_s', '1/s', 'chunk acknowledgements applied'),
  more('ack_messages_per_s', '1/s', 'messages of them'),
  more('connects_per_s', '1/s', 'connections'),
  ...PARTS.map((part) => less(`${part}_mb`, 'MB', `memory, ${part}`, 0)),
  ...PARTS.map((part) => less(`${part}_cpu_s`, 's', `CPU, ${part}`, 1)),
  less('crowd_cpu_s', 's', 'CPU, the simulated peers', 1),
];

/** Messages of one chunk acknowledgement run, about the same for every number of peers. */
const planFor = (peers: number): ControlPlan => ({
  peers,
  gets: 4_000,
  chunkCount: Math.min(1_000, Math.round(4_000_000 / peers)),
  batch: 25,
});
const QUICK: ControlPlan = { peers: 40, gets: 100, chunkCount: 100, batch: 25 };

const caseOf = (plan: ControlPlan): Case => ({
  name: `p${plan.peers}`,
  title: `${plan.peers} simulated peers (their control half only), a broker, a Redis, one anchor, all on this machine${statisticsOf(plan.peers)}`,
  metrics: METRICS,
  headline: 'join_p99_ms',
  contenders: [
    {
      name: SHOAL,
      missing: () => (canMeasure() ? undefined : 'it is measured on Linux only'),
      prepare: async () => {},
      run: async () => await controlRun(plan),
      close: async () => {},
    },
  ],
});

/** What many peers cost the anchors, the broker and Redis. */
export const control: Bench = {
  name: 'control',
  measures:
    '1,000, 5,000 and 10,000 simulated peers: joins/s, acknowledgements/s, p99, CPU and memory of each process',
  takes: { full: '40 min', quick: '15 s' },
  open: async ({ options }) => ({
    cases: (options.quick ? [QUICK] : [1_000, 5_000, 10_000].map(planFor)).map(caseOf),
    close: async () => {},
  }),
};
