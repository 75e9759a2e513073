import type { Source } from './source.js';
import type { SwarmState } from './swarm-state.js';

/** @throws Error when a chunk is nowhere or in two places, or a count is wrong. For tests. */
export const checkState = (state: SwarmState): void => {
  state.availability.checkInvariants();
  state.ledger.checkInvariants();
  let missing = 0;
  for (let chunk = 0; chunk < state.chunkCount; chunk++) if (checkPlace(state, chunk)) missing++;
  if (missing !== state.missing) throw new Error(`${missing} chunks are missing, not ${state.missing}`);
  for (const source of state.sources.values()) checkSource(state, source);
  checkLive(state);
  checkBytes(state);
};

const checkPlace = (state: SwarmState, chunk: number): boolean => {
  const places = [
    state.have.has(chunk) || !state.wanted.has(chunk),
    state.verifying.has(chunk),
    state.ledger.isAsked(chunk),
    state.availability.pickable.has(chunk),
  ];
  if (places.filter(Boolean).length !== 1) throw new Error(`chunk ${chunk} is in places ${places.join()}`);
  const copies = state.ledger.copiesOf(chunk);
  const late = copies.length > 0 && copies.every((copy) => copy.stalled);
  if (late !== state.toHedge.has(chunk)) throw new Error(`chunk ${chunk} to hedge: ${String(!late)}`);
  if (copies.length > state.settings.copiesHardMax)
    throw new Error(`chunk ${chunk} has ${copies.length} copies`);
  return state.needs(chunk);
};

const checkSource = (state: SwarmState, source: Source): void => {
  if ((source.waitingSince === undefined) !== state.isIdle(source))
    throw new Error(`${source.id} waits wrongly`);
  if (source.current !== undefined && state.ledger.find(source.id, source.current.chunk) !== source.current) {
    throw new Error(`${source.id} sends a chunk that is not open`);
  }
};

const checkLive = (state: SwarmState): void => {
  const live = [...state.sources.values()].filter((source) => !source.isSuspect);
  const anys = live.reduce((sum, source) => sum + source.anyAskedAt.length, 0);
  const chunks = live.reduce((sum, source) => sum + state.openAt(source), 0);
  if (anys !== state.liveAny || anys + chunks !== state.live) throw new Error(`${anys} + ${chunks} are live`);
  const far = live.filter((source) => !source.isNear);
  const atFar = far.reduce((sum, source) => sum + state.openAt(source) + source.anyAskedAt.length, 0);
  if (atFar !== state.liveFar) throw new Error(`${atFar} are live at far sources, not ${state.liveFar}`);
};

const checkBytes = (state: SwarmState): void => {
  let underWay = 0;
  for (const chunk of state.ledger.chunks()) {
    for (const copy of state.ledger.copiesOf(chunk)) underWay += copy.received;
  }
  const { arrived, verified, verifying, wastedBytes } = state.tally;
  const placed = verified + verifying + wastedBytes + underWay;
  if (Math.abs(arrived - placed) > 1e-6)
    throw new Error(`${arrived} bytes came, ${placed} are accounted for`);
};
