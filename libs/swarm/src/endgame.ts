import { expectedTime, type Candidate } from './source-ranking.js';
import type { OpenRequest } from './request-ledger.js';
import type { SwarmState } from './swarm-state.js';

/** True while a chunk that is asked for may get one more copy in the endgame. Copies whose source pauses are no help. */
export const mayGetCopy = (state: SwarmState, chunk: number, now: number): boolean => {
  const { copiesMax, copiesHardMax } = state.settings;
  const copies = state.ledger.copiesOf(chunk);
  if (copies.length < copiesMax) return true;
  if (copies.length >= copiesHardMax) return false;
  return copies.filter((copy) => !pauses(state, copy, now)).length < copiesMax;
};

/**
 * Whether `helper` should be asked for a copy of a chunk that is asked for already, in the endgame (R10): yes while nobody
 * who has begun to send it goes on, or when the helper would bring it whole much sooner than who is sending it will end.
 */
export const isWorthCopying = (
  state: SwarmState,
  chunk: number,
  helper: Candidate,
  surroundings: { readonly bestRate: number; readonly now: number },
): boolean => {
  const begun = state.ledger
    .copiesOf(chunk)
    .filter((copy) => copy.begun && !pauses(state, copy, surroundings.now));
  if (begun.length === 0) return true;
  const rest = Math.min(...begun.map((copy) => timeLeft(state, copy, surroundings.now)));
  const instead = expectedTime(helper, state.bytesOf(chunk), surroundings.bestRate);
  return instead * state.settings.rescueFactor < rest;
};

/**
 * Milliseconds until a chunk that has begun will end: what is left at the rate of its source, and as long as that source has
 * been silent. A lost packet at the end of a burst is sent again after 200 ms, then 400, 800 (RFC 6298), so the longer a
 * pause has lasted, the longer it is going to last.
 */
const timeLeft = (state: SwarmState, request: OpenRequest, now: number): number => {
  const rate = state.sources.get(request.source)?.rate;
  const left = rate === undefined ? 0 : (request.bytes - request.received) / rate;
  return left + silence(state, request, now);
};

/**
 * Its source has been silent for longer than nearly every chunk of it took as a whole; where the bytes of the chunk flowed already, for
 * a part of that.
 */
const pauses = (state: SwarmState, request: OpenRequest, now: number): boolean => {
  const { historyPercentile, endgamePauseMs, endgamePauseShare } = state.settings;
  const usual = state.sources.get(request.source)?.chunkTimes.percentile(historyPercentile) ?? Infinity;
  const patience = request.begun ? endgamePauseShare * usual : usual;
  return silence(state, request, now) > Math.max(patience, endgamePauseMs);
};

const silence = (state: SwarmState, request: OpenRequest, now: number): number =>
  now - Math.max(request.askedAt, state.sources.get(request.source)?.lastProgressAt ?? -Infinity);
