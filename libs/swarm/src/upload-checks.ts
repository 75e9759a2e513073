import type { UploadLane } from './upload-lane.js';
import type { UploadSettings } from './settings.js';

/** What an upload queue counts beside its lanes. */
interface UploadCounts {
  readonly laneCounts: ReadonlyMap<number, number>;
  readonly waitingCount: number;
  /** Bytes and chunks that count as unacknowledged. */
  readonly counted: number;
  readonly countedSends: number;
}

/** @throws Error when a count is not what a full scan says, or a cap is passed. For tests. */
export const checkUploads = (
  lanes: Iterable<UploadLane>,
  { laneCounts, waitingCount, counted, countedSends }: UploadCounts,
  settings: UploadSettings,
): void => {
  let bytes = 0;
  let sends = 0;
  let waiting = 0;
  const counts = new Map<number, number>();
  for (const lane of lanes) {
    counts.set(lane.priority, (counts.get(lane.priority) ?? 0) + 1);
    if (lane.isIdle) throw new Error(`${lane.conn} is idle and kept`);
    if (lane.waiting.length > settings.queuedPerConnection)
      throw new Error(`${lane.conn} waits for too much`);
    waiting += lane.waiting.length;
    for (const send of lane.started.filter((started) => started.counted)) {
      bytes += send.bytes;
      sends++;
    }
  }
  if (kept(counts) !== kept(laneCounts))
    throw new Error(`lanes of priorities: ${kept(laneCounts)}, not ${kept(counts)}`);
  if (waiting !== waitingCount) throw new Error(`${waitingCount} wait, not ${waiting}`);
  if (bytes !== counted || sends !== countedSends) throw new Error(`${counted} bytes, not ${bytes}`);
};

const kept = (map: ReadonlyMap<number, number>): string => [...map].sort(([a], [b]) => a - b).join(' ');
