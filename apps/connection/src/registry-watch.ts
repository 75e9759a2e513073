import { jittered, type Clock, type Random } from '#core';
import type { Outgoing, Startable } from '#platform';
import type { PeerRegistry, RegistryIdentity } from '#registry';
import type { Log, Timers } from './ports.js';

/** How often Redis is asked whether it is still the one it was, milliseconds. */
const LOOK_MS = 2_000;
/** A registry younger than this at the first look may have been emptied while nobody looked, milliseconds. */
const YOUNG_MS = 60_000;
/** After Redis was emptied so many peers a second join again, within these bounds, milliseconds. */
const JOINS_PER_SECOND = 200;
const SPREAD_MIN_MS = 500;
const SPREAD_MAX_MS = 60_000;

/** Notices that Redis was emptied, and has every peer join again: they report what they hold, and the names of it. */
export class RegistryWatch implements Startable {
  private seen: string | undefined;
  /** Peers at the last look: an emptied Redis cannot say how many there were. */
  private peerCount = 0;
  private cancel: () => void = () => {};
  private stopped = false;

  constructor(
    private readonly identity: RegistryIdentity,
    private readonly peers: Pick<PeerRegistry, 'count'>,
    private readonly outgoing: Pick<Outgoing, 'fact'>,
    private readonly around: {
      readonly clock: Clock;
      readonly timers: Timers;
      readonly random: Random;
      readonly log: Log;
    },
  ) {}

  start(): void {
    this.cancel = this.around.timers.after(jittered(LOOK_MS, 0.2, this.around.random), () => void this.run());
  }

  stop(): void {
    this.stopped = true;
    this.cancel();
  }

  /** One look. Whatever fails is done again at the next. */
  async look(): Promise<void> {
    const now = this.around.clock.now();
    const { id, began } = await this.identity.current(now);
    const isNew = this.seen === undefined ? now - began < YOUNG_MS : this.seen !== id;
    if (isNew) await this.tell(id);
    this.seen = id;
    this.peerCount = await this.peers.count();
  }

  private async run(): Promise<void> {
    // Redis or the broker is away: others say so.
    await this.look().catch(() => undefined);
    if (!this.stopped) this.start();
  }

  private async tell(registry: string): Promise<void> {
    if (this.seen !== undefined) {
      this.around.log.warn(
        { before: this.seen, now: registry, peers: this.peerCount },
        'Redis has lost what it knew: every peer is asked to join again and to say what it holds',
      );
    }
    const withinMs = spreadMs(this.peerCount);
    await this.outgoing.fact(
      'registry.wiped',
      registry,
      { registry, withinMs },
      `registry-wiped/${registry}`,
    );
  }
}

/** Milliseconds over which so many peers join again. */
export const spreadMs = (peers: number): number =>
  Math.min(SPREAD_MAX_MS, Math.max(SPREAD_MIN_MS, Math.ceil((peers / JOINS_PER_SECOND) * 1_000)));
