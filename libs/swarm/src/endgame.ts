import { expectedTime, type Candidate } from './source-ranking.js';
import type { OpenRequest } from './request-ledger.js';
import type { SwarmState } from './swarm-state.js';

/** True while a chunk that is asked for may get one more copy in the endgame. */
export const mayGetCopy = (state: SwarmState, chunk: number): boolean =>
  state.ledger.copiesOf(chunk).length < state.settings.copiesMax;

/**
 * Whether `helper` should be asked for a copy of a chunk that is asked for already, in the endgame (R10): yes while nobody
 * has begun to send it, or when the helper would bring it whole much sooner than who is sending it will end.
 */
export const isWorthCopying = (
  state: SwarmState,
  chunk: number,
  helper: Candidate,
  bestRate: number,
): boolean => {
  const begun = state.ledger.copiesOf(chunk).filter((copy) => copy.begun);
  if (begun.length === 0) return true;
  const rest = Math.min(...begun.map((copy) => timeLeft(state, copy)));
  const instead = expectedTime(helper, state.bytesOf(chunk), bestRate);
  return instead * state.settings.rescueFactor < rest;
};

/** Milliseconds until a chunk that has begun will end at the rate of its source. */
const timeLeft = (state: SwarmState, request: OpenRequest): number => {
  const rate = state.sources.get(request.source)?.rate;
  return rate === undefined ? 0 : (request.bytes - request.received) / rate;
};
