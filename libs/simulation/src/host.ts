import type { PeerId, Random } from '#core';
import type { Pipe } from './pipe.js';
import type { NetworkPlan } from './plan.js';
import type { Routes } from './route.js';
import type { Uplink } from './uplink.js';
import type { VirtualTime } from './virtual-time.js';

/** What everything in one simulation shares. */
export interface Surroundings {
  readonly plan: NetworkPlan;
  readonly time: VirtualTime;
  readonly random: Random;
  readonly routes: Routes;
}

/** The machine that a peer runs on. */
export interface Host {
  readonly id: PeerId;
  readonly rack: number;
  readonly uplink: Uplink;
  readonly downlink: Pipe;
  readonly counts: Counts;
  /** Runs now, or when the host thaws, or never. */
  awake(run: () => void): void;
}

/** What happened at a host, for tests and reports. */
export class Counts {
  /** Messages that it sent to other peers, one per frame. */
  messages = 0;
  stalled = 0;
  cancelled = 0;
  closed = 0;
  sought = 0;
  unasked = 0;
  wrong = 0;
}
