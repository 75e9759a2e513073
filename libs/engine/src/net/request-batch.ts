import type { Decision } from '#swarm';
import { WIRE_LIMITS } from '#wire';
import type { Session } from './session.js';

interface Batch {
  readonly type: 'request' | 'cancel';
  readonly chunks: number[];
}

/** Sends requests and cancels to their sources, in order, as few messages as that allows. */
export const sendChunkLists = (
  decisions: readonly Decision[],
  any: number,
  sessionOf: (source: string) => Session | undefined,
): void => {
  const bySource = new Map<string, Batch[]>();
  for (const decision of decisions) {
    if (decision.kind === 'request') add(bySource, decision.source, 'request', decision.chunk);
    if (decision.kind === 'request-any') add(bySource, decision.source, 'request', any);
    if (decision.kind === 'cancel') add(bySource, decision.source, 'cancel', decision.chunk);
  }
  for (const [source, batches] of bySource) sessionOf(source)?.send(...batches);
};

const add = (bySource: Map<string, Batch[]>, source: string, type: Batch['type'], chunk: number): void => {
  const batches = bySource.get(source) ?? [];
  bySource.set(source, batches);
  const last = batches[batches.length - 1];
  if (last?.type === type && last.chunks.length < WIRE_LIMITS.requestChunks) last.chunks.push(chunk);
  else batches.push({ type, chunks: [chunk] });
};
