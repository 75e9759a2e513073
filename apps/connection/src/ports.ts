import type { PeerRecord } from '#registry';

/** What a knock at a peer's chunk port finds. */
export type DialOutcome =
  /** That peer, in that incarnation. */
  | 'same'
  /** That peer in another incarnation: it has a new connection and joins, or is about to. */
  | 'other-incarnation'
  /** Nobody, or somebody else. */
  | 'gone';

export interface Prober {
  /** Never rejects. */
  dial(peer: Pick<PeerRecord, 'peerId' | 'incarnation' | 'address'>): Promise<DialOutcome>;
}

export interface Log {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
}

/** Runs an action later; returns a function that prevents it. */
export interface Timers {
  after(milliseconds: number, action: () => void): () => void;
}

export const systemTimers: Timers = {
  after: (milliseconds, action) => {
    const timer = setTimeout(action, milliseconds);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
