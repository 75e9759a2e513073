import { ShoalError } from '#core';
import { SHOAL, type Bench, type Case, type Contender, type Metric } from '../../frame/port.js';
import { ForeignLoad } from '../../measure/foreign.js';
import { nanosecondsPerCall } from '../../measure/time-per-call.js';
import { decoding } from './decoding.js';
import { sampleFrames, type SampleFrame } from './frames.js';

const METRICS: readonly Metric[] = [
  { name: 'decode_ns', unit: 'ns', title: 'decode one frame', better: 'less', digits: 0 },
  { name: 'encode_ns', unit: 'ns', title: 'encode one frame', better: 'less', digits: 0 },
];
const FULL_MS = 1_000;
const QUICK_MS = 100;

const coder = (frame: SampleFrame, milliseconds: number): Contender => ({
  name: SHOAL,
  missing: () => undefined,
  prepare: async () => {
    const messages = decoding(frame)();
    if (messages !== 1)
      throw new ShoalError('internal', `${frame.name}: ${messages} messages out of one frame`);
  },
  run: async () => {
    const load = new ForeignLoad();
    const decode = decoding(frame);
    const figures = {
      decode_ns: nanosecondsPerCall(decode, milliseconds),
      encode_ns: nanosecondsPerCall(frame.make, milliseconds),
    };
    return { figures, foreign: load.share() };
  },
  close: async () => {},
});

const caseOf = (frame: SampleFrame, milliseconds: number): Case => ({
  name: frame.name,
  title: frame.title,
  metrics: METRICS,
  headline: 'decode_ns',
  contenders: [coder(frame, milliseconds)],
});

/** What a frame of the chunk protocol costs. */
export const codec: Bench = {
  name: 'codec',
  measures: 'nanoseconds to encode and decode a frame of the chunk protocol',
  takes: { full: '2 min', quick: '3 s' },
  open: async ({ options }) => ({
    cases: sampleFrames().map((frame) => caseOf(frame, options.quick ? QUICK_MS : FULL_MS)),
    close: async () => {},
  }),
};
