import { SHOAL, type Bench, type Case, type Metric } from '../../frame/port.js';
import { ForeignLoad } from '../../measure/foreign.js';
import { costOf, type Scenario } from './scenario.js';

const METRICS: readonly Metric[] = [
  { name: 'pick_ns', unit: 'ns', title: 'pick a chunk and its source', better: 'less', digits: 0 },
  { name: 'have_ns', unit: 'ns', title: 'take one HAVE', better: 'less', digits: 0 },
  { name: 'chunk_ns', unit: 'ns', title: 'everything, per chunk', better: 'less', digits: 0 },
];

const SOURCES = 50;
/** The cost of a pick shall not grow with these. */
const CHUNK_COUNTS = [1_000, 10_000, 65_536];

const caseOf = (scenario: Scenario): Case => ({
  name: `${scenario.chunkCount}x${scenario.sources}`,
  title: `a download of ${scenario.chunkCount} chunks from ${scenario.sources} sources, each with about half of them`,
  metrics: METRICS,
  headline: 'pick_ns',
  contenders: [
    {
      name: SHOAL,
      missing: () => undefined,
      // Lets the compiler finish.
      prepare: async () => void costOf({ ...scenario, chunkCount: 1_000 }),
      run: async () => {
        const load = new ForeignLoad();
        const { pick, have, all } = costOf(scenario);
        return { figures: { pick_ns: pick, have_ns: have, chunk_ns: all }, foreign: load.share() };
      },
      close: async () => {},
    },
  ],
});

/** What the swarm policy costs. */
export const picker: Bench = {
  name: 'picker',
  measures: 'nanoseconds to pick a chunk at 1,000 to 65,536 chunks and 50 sources',
  takes: { full: '1 min', quick: '3 s' },
  open: async () => ({
    cases: CHUNK_COUNTS.map((chunkCount) => caseOf({ chunkCount, sources: SOURCES })),
    close: async () => {},
  }),
};
