import type { OpenRequest } from './request-ledger.js';
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

/**
 * How long a source may take until its next bytes: a multiple of what nine in ten of its own chunks took, or a default
 * for the first; longer while the others need longer for what is open there (`drainMs`).
 */
export const waitSpan = (
  source: Source,
  chunkBytes: number,
  drainMs: number,
  settings: DownloadSettings,
): number => {
  const usual = source.chunkTimes.percentile(settings.historyPercentile);
  const own =
    usual === undefined
      ? firstDeadline(chunkBytes, settings)
      : Math.max(settings.deadlineFloorMs, settings.deadlineFactor * usual);
  return Math.min(ceiling(chunkBytes, settings), Math.max(own, excuse(drainMs, settings)));
};

/**
 * The deadline of what is open and not yet stalled since `since` at a source; undefined when there is nothing.
 * `quiet`: no bytes for the wait span, or for a much shorter pause once the bytes of a chunk flow. `late`: bytes come, but
 * no chunk ended in twice the span (only where the source has a history).
 */
export const deadlineOf = (
  source: Source,
  since: number | undefined,
  chunkBytes: number,
  drainMs: number,
  settings: DownloadSettings,
): Deadline | undefined => {
  if (since === undefined) return undefined;
  const span = waitSpan(source, chunkBytes, drainMs, settings);
  const flows = source.current !== undefined && !source.current.stalled;
  const pause = flows ? Math.min(span, Math.max(settings.flowPauseMs, excuse(drainMs, settings))) : span;
  const quietAt = Math.max(source.lastProgressAt, since) + pause;
  if (source.chunkTimes.count === 0) return { at: quietAt, then: 'quiet' };
  const lateAt = Math.max(source.lastArrivalAt, since) + 2 * span;
  return lateAt < quietAt ? { at: lateAt, then: 'late' } : { at: quietAt, then: 'quiet' };
};

/** When a source that shows no progress, or never ends a chunk, is given up; undefined while nothing is open there. */
export const uselessAt = (
  source: Source,
  owesChunks: boolean,
  chunkBytes: number,
  settings: DownloadSettings,
): { at: number; reason: string } | undefined => {
  if (source.waitingSince === undefined) return undefined;
  const bound = settings.silentMs + (chunkBytes / settings.uselessRate) * 1_000;
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

/** What the slowness of the others excuses. */
const excuse = (drainMs: number, settings: DownloadSettings): number =>
  Math.min(settings.drainMaxMs, settings.drainFactor * drainMs);

const ceiling = (chunkBytes: number, settings: DownloadSettings): number =>
  settings.deadlineCeilingMs + (chunkBytes / settings.uselessRate) * 1_000;
