import { expectedTime, type Candidate } from './source-ranking.js';
import type { OpenRequest } from './request-ledger.js';
import type { SwarmState } from './swarm-state.js';

/**
 * Whether `helper` should be asked for a copy of a chunk that is asked for already, in the endgame (R10): yes while nobody
 * has begun to send it, or when the helper would bring it whole much sooner than who is sending it will end.
 */
export const endgameCopies = (
  state: SwarmState,
  chunk: number,
  helper: Candidate | undefined,
  bestRate: number,
): Candidate | undefined => {
  const copies = state.ledger.copiesOf(chunk);
  if (helper === undefined || copies.length >= state.settings.copiesMax) return undefined;
  const begun = copies.filter((copy) => copy.begun);
  if (begun.length === 0) return helper;
  const rest = Math.min(...begun.map((copy) => timeLeft(state, copy)));
  const instead = expectedTime(helper, state.bytesOf(chunk), bestRate);
  return instead * state.settings.rescueFactor < rest ? helper : undefined;
};

/** Milliseconds until a chunk that has begun will end at the rate of its source. */
const timeLeft = (state: SwarmState, request: OpenRequest): number => {
  const rate = state.sources.get(request.source)?.rate.value;
  return rate === undefined ? 0 : (request.bytes - request.received) / rate;
};
