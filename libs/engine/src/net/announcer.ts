import { rangesOf } from '#core';
import { WIRE_LIMITS } from '#wire';
import type { Session } from './session.js';

export interface Hearer {
  readonly session: Session;
  /** Whether that peer is known to hold the chunk: then it is no news. */
  knows(chunk: number): boolean;
}

/** Tells neighbours about new chunks, several at a time (policy R9). */
export class Announcer {
  private readonly news = new Set<number>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly hearers: () => Iterable<Hearer>,
    /** How long to collect, milliseconds. */
    private readonly delay: () => number,
  ) {}

  held(chunk: number): void {
    this.news.add(chunk);
    this.timer ??= setTimeout(() => this.flush(), this.delay());
  }

  flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.news.size === 0) return;
    const news = [...this.news];
    this.news.clear();
    for (const { session, knows } of this.hearers()) {
      const ranges = rangesOf(news.filter((chunk) => !knows(chunk)));
      for (let at = 0; at < ranges.length; at += WIRE_LIMITS.haveRanges) {
        session.send({ type: 'have', ranges: ranges.slice(at, at + WIRE_LIMITS.haveRanges) });
      }
    }
  }

  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.news.clear();
  }
}
