import type { OpenRequest } from './request-ledger.js';
import type { SampleHistory } from './rate.js';
import type { DownloadSettings } from './settings.js';
import type { Source } from './source.js';

/** How long anyone may take for a first chunk, milliseconds. */
export const firstDeadline = (chunkBytes: number, settings: DownloadSettings): number =>
  settings.firstDeadlineMs + (chunkBytes / settings.assumedRate) * 1_000;

/** When a source counts as stalled, and as what. */
export interface Deadline {
  readonly at: number;
  readonly then: 'quiet' | 'late';
}

/** What deadlines are made of, besides the source itself. */
export interface Surroundings {
  readonly chunkBytes: number;
  readonly settings: DownloadSettings;
  /** Chunk times of all sources. */
  readonly chunkTimes: SampleHistory;
  /** Milliseconds that the other sources need for what is open there. */
  readonly drainMs: number;
  /** Milliseconds that the receiver's own limit needs for all that is open. */
  readonly limitMs: number;
}

/**
 * How long a source may take until its next bytes: a multiple of what nine in ten of its own chunks took; without a history
 * of its own, of what those of all sources took; without any, a default. Longer while the others need longer for what
 * is open there, for then it is our own link that is slow, and never less than our own limit makes everybody wait.
 */
export const waitSpan = (source: Source, around: Surroundings): number => {
  const { settings, chunkBytes } = around;
  const own = source.chunkTimes.percentile(settings.historyPercentile);
  const span =
    own === undefined
      ? Math.min(firstDeadline(chunkBytes, settings), pooledSpan(around))
      : Math.max(settings.deadlineFloorMs, settings.deadlineFactor * own);
  return Math.max(ownLimit(around), Math.min(ceiling(chunkBytes, settings), Math.max(span, excuse(around))));
};

const pooledSpan = ({ settings, chunkTimes }: Surroundings): number => {
  if (chunkTimes.count < settings.pooledLength / 2) return Infinity;
  const usual = chunkTimes.percentile(settings.historyPercentile) ?? Infinity;
  return Math.max(settings.deadlineFloorMs, settings.deadlineFactor * usual);
};

/**
 * The deadline of what is open and not yet stalled since `since` at a source; undefined when there is nothing.
 * `quiet`: no bytes for the wait span, or for a much shorter pause once the bytes of a chunk flow. `late`: bytes come, but
 * no chunk ended in twice the span (only where the source has a history).
 */
export const deadlineOf = (
  source: Source,
  since: number | undefined,
  around: Surroundings,
): Deadline | undefined => {
  if (since === undefined) return undefined;
  const span = waitSpan(source, around);
  const flows = source.current !== undefined && !source.current.stalled;
  const leastPause = Math.max(around.settings.flowPauseMs, excuse(around), ownLimit(around));
  const pause = flows ? Math.min(span, leastPause) : span;
  const quietAt = Math.max(source.lastProgressAt, since) + pause;
  if (source.chunkTimes.count === 0) return { at: quietAt, then: 'quiet' };
  const lateAt = Math.max(source.lastArrivalAt, since) + 2 * span;
  return lateAt < quietAt ? { at: lateAt, then: 'late' } : { at: quietAt, then: 'quiet' };
};

/** When a source that shows no progress, or never ends a chunk, is given up; undefined while nothing is open there. */
export const uselessAt = (
  source: Source,
  owesChunks: boolean,
  around: Pick<Surroundings, 'chunkBytes' | 'settings' | 'limitMs'>,
): { at: number; reason: string } | undefined => {
  if (source.waitingSince === undefined) return undefined;
  const { settings, chunkBytes } = around;
  const bound = settings.silentMs + (chunkBytes / settings.uselessRate) * 1_000 + ownLimit(around);
  const patience = owesChunks ? bound : bound * settings.grantPatience;
  const silentAt = Math.max(source.lastProgressAt, source.waitingSince) + patience;
  const slowAt = Math.max(source.lastArrivalAt, source.waitingSince) + 4 * patience;
  return silentAt <= slowAt ? { at: silentAt, reason: 'silent' } : { at: slowAt, reason: 'too slow' };
};

/** When the oldest of these requests that has not stalled was asked. */
export const oldestLive = (requests: ReadonlyMap<number, OpenRequest>): number | undefined => {
  for (const request of requests.values()) if (!request.stalled) return request.askedAt;
  return undefined;
};

/** What our own limit excuses: sources are read in turn, so a chunk may take as long as all that are open. */
const ownLimit = ({ limitMs, settings }: Pick<Surroundings, 'limitMs' | 'settings'>): number =>
  settings.drainFactor * limitMs;

/** What the slowness of the others excuses. */
const excuse = ({ drainMs, settings }: Surroundings): number =>
  Math.min(settings.drainMaxMs, settings.drainFactor * drainMs);

const ceiling = (chunkBytes: number, settings: DownloadSettings): number =>
  settings.deadlineCeilingMs + (chunkBytes / settings.uselessRate) * 1_000;
