import type { Random } from '#core';
import type { Source } from './source.js';
import type { SwarmState } from './swarm-state.js';

/** What a source would need to deliver one more chunk. */
export interface Candidate {
  readonly source: Source;
  /** Chunks open there. */
  readonly open: number;
}

/**
 * Expected time until one more chunk is here from a source: what is open there plus this one, over its rate
 * (boxo's +1: an idle source is not "no time at all"). A source without a rate is taken for as good as the best
 * one known, so newcomers are tried at once, and no more than once each before they show what they can.
 */
export const expectedTime = (candidate: Candidate, chunkBytes: number, bestRate: number): number =>
  ((candidate.open + 1) * chunkBytes) / (candidate.source.rate ?? bestRate);

/** The best rate among sources that are of use now, bytes a millisecond; 1 when none is known (then all are equal). */
export const bestRateOf = (state: SwarmState): number => {
  let best = 0;
  for (const source of state.sources.values()) {
    if (source.candidates > 0 || !state.isIdle(source)) best = Math.max(best, source.rate ?? 0);
  }
  return best === 0 ? 1 : best;
};

/** The candidate with the least expected time (R5); nearly equal ones at random. Completeness plays no part. */
export const leastExpected = (
  candidates: Iterable<Candidate>,
  chunkBytes: number,
  bestRate: number,
  jitter: number,
  random: Random,
): Candidate | undefined => {
  let best: Candidate | undefined;
  let least = Infinity;
  for (const candidate of candidates) {
    const time = expectedTime(candidate, chunkBytes, bestRate) * (1 + jitter * random());
    if (time >= least) continue;
    least = time;
    best = candidate;
  }
  return best;
};
