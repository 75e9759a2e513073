import type { PeerId } from '#core';

/** When a peer that others accuse of wrong bytes is handed out no more. Milliseconds. */
export interface AccusationRule {
  /** So many different accusers, so that one liar cannot do it alone ... */
  readonly accusers: number;
  /** ... within so long ... */
  readonly windowMs: number;
  /** ... and for so long. */
  readonly shunnedMs: number;
}

/** Who accuses whom of wrong bytes: the same for all connection processes. A peer that enough accuse is *shunned*. */
export interface AccusationRegistry {
  /** The accusers that were enough just now; undefined when they are not enough, or the peer is shunned already. */
  accuse(
    peerId: PeerId,
    accuser: PeerId,
    now: number,
    rule: AccusationRule,
  ): Promise<readonly PeerId[] | undefined>;
  isShunned(peerId: PeerId, now: number): Promise<boolean>;
}
