import { setTimeout as delay } from 'node:timers/promises';

export interface Pace {
  /** Works at the same time, at most. */
  readonly atOnce: number;
  /** Works begun a second; as many as go when left out. */
  readonly perSecond?: number;
}

/**
 * Does all works at a pace. With `perSecond` each has its time to begin, whether those before it are done or not, and is
 * measured from that time: a queue that builds up is seen.
 * @returns milliseconds of each
 */
export const atPace = async <T>(
  items: readonly T[],
  pace: Pace,
  work: (item: T) => Promise<void>,
): Promise<number[]> => {
  const startedAt = performance.now();
  const times: number[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let at = next++; at < items.length; at = next++) {
      const due =
        pace.perSecond === undefined ? performance.now() : startedAt + (at * 1_000) / pace.perSecond;
      const wait = due - performance.now();
      if (wait > 0) await delay(wait);
      await work(items[at] as T);
      times.push(performance.now() - due);
    }
  };
  await Promise.all(Array.from({ length: Math.min(pace.atOnce, items.length) }, lane));
  return times;
};
