import { FairShares } from './fair-shares.js';
import type { UploadLane } from './upload-lane.js';

/** Connections of one priority. */
export interface PriorityLanes {
  /** Something is under way that is not overdue, or can be begun now. */
  active: number;
  /** ... can be begun now. */
  ready: number;
}

export const lanesByPriority = (
  lanes: Iterable<UploadLane>,
  maySend: (lane: UploadLane) => boolean,
): Map<number, PriorityLanes> => {
  const counts = new Map<number, PriorityLanes>();
  for (const lane of lanes) {
    const count = counts.get(lane.priority) ?? { active: 0, ready: 0 };
    const isReady = maySend(lane);
    if (isReady) count.ready++;
    if (isReady || lane.isMoving) count.active++;
    counts.set(lane.priority, count);
  }
  return counts;
};

/**
 * Of which priority the next chunk is. A connection asks for little at a time, so one of a higher priority often has all it asked for
 * under way and nothing waiting; then a lower one that it is ahead of by weight is held back, if the caller allows that.
 */
export class PriorityTurns {
  private readonly shares = new FairShares();

  /** Undefined: nothing is to be begun now. `mayHold` is asked only when it matters. */
  next(lanes: ReadonlyMap<number, PriorityLanes>, mayHold: () => boolean): number | undefined {
    const ready = [...lanes.keys()].filter((priority) => (lanes.get(priority)?.ready ?? 0) > 0);
    const free = ready.filter((priority) => !this.isBehind(priority, lanes));
    if (free.length < ready.length && !mayHold()) return this.shares.next(ready);
    return this.shares.next(free);
  }

  took(priority: number, bytes: number, lanes: ReadonlyMap<number, PriorityLanes>): void {
    this.shares.took(priority, bytes, Math.max(1, lanes.get(priority)?.active ?? 0));
  }

  /** A higher one that has all under way would come first if it asked. */
  private isBehind(priority: number, lanes: ReadonlyMap<number, PriorityLanes>): boolean {
    for (const [other, { active, ready }] of lanes) {
      if (other <= priority || active === 0 || ready > 0) continue;
      if (this.shares.next([priority, other]) === other) return true;
    }
    return false;
  }
}
