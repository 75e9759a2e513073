import type { Random } from '#core';
import type { FactBody } from '#contracts';
import type { Membership } from '../membership.js';
import type { Timers } from '../ports.js';

/** Redis has lost what it knew: joins again, at a moment of its own so that not all peers come at once. */
export class WipedRegistry {
  private waiting: string | undefined;

  constructor(
    private readonly membership: Pick<Membership, 'registry' | 'rejoin'>,
    private readonly timers: Timers,
    private readonly random: Random,
  ) {}

  /** Every anchor says it; what this peer has joined meanwhile is no news. */
  heard({ registry, withinMs }: FactBody<'registry.wiped'>): void {
    if (this.waiting === registry || this.membership.registry === registry) return;
    this.waiting = registry;
    this.timers.after(withinMs * this.random(), () => {
      this.waiting = undefined;
      if (this.membership.registry !== registry) this.membership.rejoin();
    });
  }
}
