/** Two steps of priority double the weight: 9 is four times 5, 5 is 5.7 times 0. */
export const weightOf = (priority: number): number => 2 ** (priority / 2);

/**
 * Shares what can be given to only one at a time among priorities, by weight and in bytes: start-time fair queueing (Goyal et
 * al. 1996). A priority weighs as much as its members that wait, so that one member of a higher priority always gets more than one
 * of a lower. Nothing is kept for who does not wait, and nobody waits for ever: what was given to others lets its own turn come.
 */
export class FairShares {
  /** By priority: bytes over weight up to the end of what it was given. */
  private readonly ends = new Map<number, number>();
  /** The same at the start of what was given last. Who comes (back) starts there. */
  private time = 0;

  /** Whose turn it is of the priorities that wait; the highest of those that are equal. */
  next(waiting: Iterable<number>): number | undefined {
    let best: number | undefined;
    for (const priority of waiting) if (best === undefined || this.isBefore(priority, best)) best = priority;
    return best;
  }

  /** `bytes` are given to one of `members` that wait with this priority. */
  took(priority: number, bytes: number, members: number): void {
    this.time = this.startOf(priority);
    this.ends.set(priority, this.time + bytes / (weightOf(priority) * members));
  }

  private startOf(priority: number): number {
    return Math.max(this.time, this.ends.get(priority) ?? 0);
  }

  private isBefore(one: number, other: number): boolean {
    const [a, b] = [this.startOf(one), this.startOf(other)];
    return a < b || (a === b && one > other);
  }
}
